-- Runs and traces of a time that hold a text in their names, spans or log records; the program keeps
-- those that it asked about. $low and $high bound the starts of spans, so that the text of other
-- times stays unread. $logged are the runs that have log records.
SELECT run_id FROM runs
WHERE start_unix_nano BETWEEN $low AND $high AND contains(lower(name), lower($text))
UNION
SELECT trace_id FROM spans
WHERE start_unix_nano BETWEEN $low AND $high
  AND (contains(lower(attributes), lower($text)) OR contains(lower(name), lower($text))
       OR (events <> '[]' AND contains(lower(events), lower($text)))
       OR contains(lower(status_message), lower($text)))
UNION
-- A span without a start time lies outside any window.
SELECT trace_id FROM spans
WHERE start_unix_nano = 0
  AND (contains(lower(attributes), lower($text)) OR contains(lower(name), lower($text))
       OR (events <> '[]' AND contains(lower(events), lower($text)))
       OR contains(lower(status_message), lower($text)))
UNION
SELECT trace_id FROM logs
WHERE len($logged::VARCHAR[]) > 0 AND trace_id IN (SELECT unnest($logged::VARCHAR[]))
  AND (contains(lower(body), lower($text)) OR contains(lower(attributes), lower($text)))
