-- Calls, tokens, spend, failures and latency by model, the most used first.
SELECT provider, model, count(*) AS calls,
       sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
       sum(unpriced_tokens) AS unpriced_tokens, sum(cost_usd) AS cost_usd,
       count(*) FILTER (is_error) AS errors,
       quantile_cont(duration_ms, [0.5, 0.95])[1] AS p50_ms,
       quantile_cont(duration_ms, [0.5, 0.95])[2] AS p95_ms
FROM all_hops
WHERE model IS NOT NULL
GROUP BY provider, model
ORDER BY calls DESC
LIMIT 200;
