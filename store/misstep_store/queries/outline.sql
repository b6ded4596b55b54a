-- One run's hops without payloads, by index: what a timeline of any length needs.
SELECT hop_id, body->>'$.parent_id' AS parent_id, name, kind, provider, model,
       CAST(body->>'$.offset_ms' AS DOUBLE) AS offset_ms, duration_ms, is_error,
       coalesce(CAST(body->>'$.complete' AS BOOLEAN), true) AS complete,
       coalesce(CAST(body->>'$.orphan' AS BOOLEAN), false) AS orphan,
       coalesce(json_array_length(body, '$.attempts'), 0) AS attempts,
       input_tokens + output_tokens AS tokens, cost_usd, unpriced_tokens
FROM hops
WHERE run_start_unix_nano = $start AND run_id = $run
ORDER BY idx;
