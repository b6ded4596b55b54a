-- Where the spans of some traces lie in time, and the newest transaction of each.
SELECT trace_id, coalesce(min(start_unix_nano) FILTER (start_unix_nano > 0), 0),
       max(last_start_unix_nano), sum(spans), sum(logs), max(commit_number)
FROM run_index
WHERE trace_id IN (SELECT unnest($traces::VARCHAR[]))
GROUP BY trace_id
