-- Traces with a log record that holds a text, of those that arrived after $above and up to $upto.
SELECT DISTINCT trace_id FROM logs
WHERE received_unix_nano > $above AND received_unix_nano <= $upto
  AND (contains(lower(body), $text) OR contains(lower(attributes), $text))
