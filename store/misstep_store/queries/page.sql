-- What a page of runs shows, for the runs already chosen: by their starts, so that only the row
-- groups around them are decompressed, and each once (an index would fetch row by row).
SELECT run_id, body, start_unix_nano, made_unix_nano, hop_count, complete, provisional,
       last_start_unix_nano, span_count, log_count, made_commit
FROM runs
WHERE start_unix_nano IN (SELECT unnest($starts::BIGINT[]))
  AND list_contains($runs::VARCHAR[], run_id)
