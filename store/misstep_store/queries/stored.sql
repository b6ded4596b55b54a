-- One run as it is stored, by its key, and where its spans lie in time.
SELECT run_id, body, start_unix_nano, made_unix_nano, hop_count, complete, provisional,
       last_start_unix_nano, span_count, log_count, made_commit
FROM runs
WHERE run_id = $run
