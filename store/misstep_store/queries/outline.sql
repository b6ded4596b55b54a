-- One run's hops without payloads, by index: what a timeline of any length needs. The body is read
-- once for all that has no column of its own.
WITH told AS (
    SELECT idx, hop_id, name, kind, provider, model, duration_ms, is_error, counted,
           cost_usd, unpriced_tokens, input_tokens + output_tokens AS tokens,
           json_extract_string(body, ['$.parent_id', '$.offset_ms', '$.complete', '$.orphan',
                                      '$.attempts']) AS more
    FROM hops
    WHERE run_start_unix_nano = $start AND run_id = $run
)
SELECT hop_id, more[1] AS parent_id, name, kind, provider, model,
       round(coalesce(CAST(more[2] AS DOUBLE), 0), 3) AS offset_ms,
       round(duration_ms, 3) AS duration_ms,
       CASE WHEN is_error THEN 1 ELSE 0 END
           + CASE WHEN coalesce(CAST(more[3] AS BOOLEAN), true) THEN 0 ELSE 2 END
           + CASE WHEN coalesce(CAST(more[4] AS BOOLEAN), false) THEN 4 ELSE 0 END
           + CASE WHEN counted THEN 0 ELSE 8 END AS flags,
       CAST(coalesce(json_array_length(more[5]), 0) AS INTEGER) AS attempts,
       tokens, cost_usd, unpriced_tokens
FROM told
ORDER BY idx;
