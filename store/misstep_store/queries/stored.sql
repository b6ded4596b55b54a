-- One run as it is stored, by its key.
SELECT run_id, start_unix_nano, last_start_unix_nano, duration_ms, cost_usd, hop_count, span_count,
       log_count, complete, provisional, made_unix_nano, made_commit, body
FROM runs
WHERE run_id = $run
