-- Runs of a time whose names hold a text.
SELECT run_id FROM runs
WHERE start_unix_nano BETWEEN $low AND $high AND contains(lower(name), $text)
