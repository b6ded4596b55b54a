-- Runs and failing runs by moment; the program puts their listings of run ids into the braces, and
-- queries/usual.sql. Runs whose clock was far off have no bucket, unless an edge was asked for.
WITH chosen AS ({chosen}), failing AS ({failing}),
starts AS (SELECT start_unix_nano AS begun FROM chosen JOIN runs USING (run_id)),
{usual},
edges AS (
    -- A clock may stand at the last moment there is: one more is wider than a BIGINT.
    SELECT coalesce($from_nano, min(begun))::HUGEINT AS low,
           greatest(coalesce($to_nano, max(begun)::HUGEINT + 1),
                    coalesce($from_nano, min(begun))::HUGEINT + 1) AS high
    FROM usual
)
SELECT low, high,
       CASE WHEN r.start_unix_nano BETWEEN low AND high THEN
           least($buckets - 1, CAST(floor((r.start_unix_nano - low) * CAST($buckets AS DOUBLE)
                                          / (high - low)) AS INTEGER)) END AS bucket,
       count(*) AS runs, count(f.run_id) AS failing
FROM chosen c JOIN runs r USING (run_id) LEFT JOIN failing f USING (run_id), edges
GROUP BY low, high, bucket
ORDER BY bucket;
