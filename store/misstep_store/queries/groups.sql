-- Runs by session or by user, the latest first. The program puts the listings of run ids that are
-- chosen and failing into the braces, and the name of a column as key.
WITH chosen AS ({chosen}), failing AS ({failing}),
unpriced AS (
    SELECT run_id, sum(unpriced_tokens) AS tokens FROM all_hops WHERE counted GROUP BY run_id
)
SELECT r.{key} AS value, count(*) AS runs,
       count(f.run_id) AS failing,
       min(r.start_unix_nano) AS first_nano, max(r.start_unix_nano) AS last_nano,
       sum(r.duration_ms) AS duration_ms, sum(r.cost_usd) AS cost_usd,
       sum(r.input_tokens + r.output_tokens) AS tokens,
       coalesce(sum(u.tokens), 0) AS unpriced_tokens,
       list_sort(list_distinct(list(coalesce(r.pipeline, r.name)))) AS pipelines
FROM chosen c JOIN runs r USING (run_id)
LEFT JOIN failing f ON f.run_id = r.run_id
LEFT JOIN unpriced u ON u.run_id = r.run_id
WHERE r.{key} IS NOT NULL AND r.{key} <> ''
GROUP BY r.{key}
ORDER BY last_nano DESC
LIMIT 500;
