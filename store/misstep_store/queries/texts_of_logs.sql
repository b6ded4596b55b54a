-- All text of log records that a search looks at, lower-cased as the search does it.
SELECT lower(concat_ws(chr(10), body, attributes)) AS texts
FROM logs
WHERE received_unix_nano > $low AND received_unix_nano <= $high
