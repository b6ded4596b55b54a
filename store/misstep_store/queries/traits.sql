-- What the hops of some runs were like, to be counted; runs of thousands of hops are left out.
WITH told AS (
    SELECT h.run_id, h.name, h.model, h.duration_ms, h.is_error, h.finish_reason, h.code_hash,
           h.attempts,
           json_extract_string(nullif(h.more, ''), ['$.prompt_name', '$.prompt_version',
                                                    '$.error.type', '$.findings[0].rule']) AS more
    FROM hops h JOIN runs r USING (run_id)
    WHERE h.run_start_unix_nano IN (SELECT unnest($starts::BIGINT[]))
      AND list_contains($runs::VARCHAR[], h.run_id) AND r.hop_count <= 2000
)
SELECT run_id, name, model, duration_ms, more[1] AS prompt_name, more[2] AS prompt_version,
       finish_reason, coalesce(more[3], CASE WHEN is_error THEN 'yes' END) AS error,
       code_hash, attempts > 1 AS retried, more[4] AS violated
FROM told;
