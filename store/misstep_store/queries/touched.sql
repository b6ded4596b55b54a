-- Traces with transactions above the watermark, with what the whole index says of them.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT trace_id,
       coalesce(min(start_unix_nano) FILTER (start_unix_nano > 0), 0) AS start_unix_nano,
       max(last_start_unix_nano) AS last_start_unix_nano,
       max(end_unix_nano) AS end_unix_nano, sum(spans) AS spans, sum(open_spans) AS open_spans,
       sum(logs) AS logs, any_value(service) AS service, any_value(version) AS version,
       any_value(session_id) AS session_id, any_value(user_id) AS user_id,
       any_value(pipeline) AS pipeline, max(commit_number) AS commit_number
FROM run_index
WHERE trace_id IN (
    SELECT i.trace_id
    FROM run_index i
    LEFT JOIN folded f ON f.trace_id = i.trace_id
    LEFT JOIN runs r ON r.run_id = coalesce(f.run_id, i.trace_id)
    WHERE i.commit_number > $above AND (r.run_id IS NULL OR i.commit_number > r.made_commit))
GROUP BY trace_id
