-- Runs and failing runs by moment; the program puts their listings of run ids into the braces.
WITH chosen AS ({chosen}), failing AS ({failing}),
edges AS (
    -- A clock may stand at the last moment there is: one more is wider than a BIGINT.
    SELECT coalesce($from_nano, min(start_unix_nano))::HUGEINT AS low,
           greatest(coalesce($to_nano, max(start_unix_nano)::HUGEINT + 1),
                    coalesce($from_nano, min(start_unix_nano))::HUGEINT + 1) AS high
    FROM chosen JOIN runs USING (run_id)
)
SELECT low, high,
       least($buckets - 1, CAST(floor((r.start_unix_nano - low) * CAST($buckets AS DOUBLE)
                                      / (high - low)) AS INTEGER)) AS bucket,
       count(*) AS runs, count(f.run_id) AS failing
FROM chosen c JOIN runs r USING (run_id) LEFT JOIN failing f USING (run_id), edges
GROUP BY low, high, bucket
ORDER BY bucket;
