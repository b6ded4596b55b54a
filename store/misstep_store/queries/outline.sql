-- One run's hops without payloads, by index: what a timeline of any length needs.
SELECT hop_id, parent_id, name, kind, provider, model,
       round(offset_ms, 3) AS offset_ms, round(duration_ms, 3) AS duration_ms,
       CASE WHEN is_error THEN 1 ELSE 0 END + CASE WHEN complete THEN 0 ELSE 2 END
           + CASE WHEN orphan THEN 4 ELSE 0 END + CASE WHEN counted THEN 0 ELSE 8 END AS flags,
       attempts, input_tokens + output_tokens AS tokens, cost_usd, unpriced_tokens
FROM hops
WHERE run_start_unix_nano = $start AND run_id = $run
ORDER BY idx;
