-- Traces with a span that holds a text, of those that arrived after $above and up to $upto. $low and
-- $high bound the starts of spans, so that the text of other times stays unread; a span without a
-- start time lies outside any window.
SELECT trace_id FROM spans
WHERE received_unix_nano > $above AND received_unix_nano <= $upto
  AND start_unix_nano BETWEEN $low AND $high
  AND (contains(lower(attributes), $text) OR contains(lower(name), $text)
       OR (events <> '[]' AND contains(lower(events), $text))
       OR contains(lower(status_message), $text))
UNION
SELECT trace_id FROM spans
WHERE received_unix_nano > $above AND received_unix_nano <= $upto
  AND start_unix_nano = 0
  AND (contains(lower(attributes), $text) OR contains(lower(name), $text)
       OR (events <> '[]' AND contains(lower(events), $text))
       OR contains(lower(status_message), $text))
