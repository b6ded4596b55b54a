-- All text of spans that a search looks at, lower-cased as the search does it.
SELECT lower(concat_ws(chr(10), name, attributes, events, status_message)) AS texts
FROM spans
WHERE received_unix_nano > $low AND received_unix_nano <= $high
