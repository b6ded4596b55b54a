-- Calls by day and by hop, model, provider and pipeline, of runs that began from $low to before
-- $high. Tokens and money are of the calls that the runs' totals count. Durations are counted in
-- buckets that are 2 % wide, so that quantiles of any days together are right within 1 %.
WITH calls AS MATERIALIZED (
    SELECT h.run_id, CAST(h.run_start_unix_nano // 86400000000000 AS INTEGER) AS day,
           h.name, h.model, h.provider, coalesce(r.pipeline, r.name) AS pipeline,
           h.is_error, h.duration_ms, h.cost_usd, h.counted,
           h.input_tokens, h.output_tokens, h.unpriced_tokens,
           CAST(ceil(ln(greatest(h.duration_ms, 0.001)) / ln(1.02)) AS SMALLINT) AS bucket
    FROM all_hops h JOIN runs r USING (run_id)
    WHERE h.run_start_unix_nano >= $low AND h.run_start_unix_nano < $high
      AND r.start_unix_nano >= $low AND r.start_unix_nano < $high
),
keyed AS (
    SELECT 'hop' AS dimension, name AS value, pipeline AS owner, * FROM calls
    UNION ALL SELECT 'model', model, provider, * FROM calls WHERE model IS NOT NULL
    UNION ALL SELECT 'provider', provider, NULL, * FROM calls WHERE provider IS NOT NULL
    UNION ALL SELECT 'pipeline', pipeline, NULL, * FROM calls
),
counted AS (
    SELECT day, dimension, value, owner, bucket, count(*) AS calls
    FROM keyed GROUP BY ALL
),
latencies AS (
    SELECT day, dimension, value, owner, list(bucket) AS buckets,
           list(CAST(calls AS UINTEGER)) AS bucket_calls
    FROM counted GROUP BY ALL
),
sums AS (
    SELECT day, dimension, value, owner, count(*) AS calls, count(DISTINCT run_id) AS runs,
           count(*) FILTER (is_error) AS errors,
           coalesce(sum(input_tokens) FILTER (counted), 0) AS input_tokens,
           coalesce(sum(output_tokens) FILTER (counted), 0) AS output_tokens,
           coalesce(sum(unpriced_tokens) FILTER (counted), 0) AS unpriced_tokens,
           sum(cost_usd) FILTER (counted) AS cost_usd,
           sum(duration_ms) AS total_ms, max(duration_ms) AS max_ms
    FROM keyed GROUP BY day, dimension, value, owner
)
SELECT s.*, l.buckets, l.bucket_calls
FROM sums s JOIN latencies l
  ON l.day = s.day AND l.dimension = s.dimension AND l.value = s.value
 AND l.owner IS NOT DISTINCT FROM s.owner
