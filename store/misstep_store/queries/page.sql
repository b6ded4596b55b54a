-- What a page of runs shows, for the runs already chosen: by their starts, so that only the row
-- groups around them are decompressed, and each once (an index would fetch row by row).
SELECT run_id, start_unix_nano, last_start_unix_nano, duration_ms, cost_usd, hop_count, span_count,
       log_count, complete, provisional, made_unix_nano, made_commit, body
FROM runs
WHERE start_unix_nano IN (SELECT unnest($starts::BIGINT[]))
  AND list_contains($runs::VARCHAR[], run_id)
