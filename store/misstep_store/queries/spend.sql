-- Calls, time, tokens and money of the chosen runs' hops by a key; dearest first, then slowest.
-- Tokens and money are of the calls that the runs' totals count, so that the sums agree.
WITH chosen AS ({chosen})
SELECT {key} AS value, {owner} AS owner, count(*) AS calls, count(DISTINCT h.run_id) AS runs,
       count(*) FILTER (h.is_error) AS errors,
       coalesce(sum(h.input_tokens) FILTER (h.counted), 0) AS input_tokens,
       coalesce(sum(h.output_tokens) FILTER (h.counted), 0) AS output_tokens,
       coalesce(sum(h.unpriced_tokens) FILTER (h.counted), 0) AS unpriced_tokens,
       sum(h.cost_usd) FILTER (h.counted) AS cost_usd,
       sum(h.duration_ms) AS total_ms,
       quantile_cont(h.duration_ms, [0.5, 0.95])[1] AS p50_ms,
       quantile_cont(h.duration_ms, [0.5, 0.95])[2] AS p95_ms,
       max(h.duration_ms) AS max_ms
FROM all_hops h JOIN chosen c USING (run_id) JOIN runs r USING (run_id)
WHERE {key} IS NOT NULL
GROUP BY {key}, {owner}
ORDER BY cost_usd DESC NULLS LAST, total_ms DESC
LIMIT 200;
