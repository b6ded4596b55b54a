-- What the hops of some runs were like, to be counted; runs of thousands of hops are left out.
WITH chosen AS MATERIALIZED (
    SELECT run_id, start_unix_nano FROM runs
    WHERE start_unix_nano IN (SELECT unnest($starts::BIGINT[]))
      AND list_contains($runs::VARCHAR[], run_id) AND hop_count <= 2000
),
told AS (
    SELECT h.run_id, h.name, h.model, h.duration_ms, h.is_error, h.finish_reason, h.code_hash,
           h.attempts,
           json_extract_string(nullif(h.more, ''), ['$.prompt_name', '$.prompt_version',
                                                    '$.error.type', '$.findings[0].rule']) AS more
    FROM hops h JOIN chosen c ON h.run_start_unix_nano = c.start_unix_nano AND h.run_id = c.run_id
)
SELECT run_id, name, model, duration_ms, more[1] AS prompt_name, more[2] AS prompt_version,
       finish_reason, coalesce(more[3], CASE WHEN is_error THEN 'yes' END) AS error,
       code_hash, attempts > 1 AS retried, more[4] AS violated
FROM told;
