-- Failing runs by what went wrong first and the rule that says so, and when they began in one of
-- $buckets steps of time; one whose clock was far off stands in the first or the last. The program
-- puts the listing of the failing runs' ids into the braces, and queries/usual.sql.
-- Hops of a loop (NAME#1, NAME#2) count as one.
WITH failing AS ({chosen}),
told AS (
    SELECT run_id, json_extract_string(body, ['$.origins[0].name', '$.origins[0].confirmed',
               '$.suspects[0].evidence[0].rule', '$.suspects[0].evidence[0].detail']) AS d
    FROM diagnoses
    WHERE verdict = 'fault'
),
wrong AS (
    SELECT r.run_id, r.start_unix_nano AS begun, coalesce(r.pipeline, r.name) AS pipeline,
           regexp_replace(t.d[1], '#[0-9]+$', '') AS origin, t.d[2] = 'true' AS confirmed,
           coalesce(t.d[3], CASE WHEN t.d[1] IS NULL THEN nullif(r.body, '')->>'$.error.type' END) AS rule,
           coalesce(t.d[4], nullif(r.body, '')->>'$.error.message') AS detail
    FROM failing f JOIN runs r USING (run_id) LEFT JOIN told t USING (run_id)
),
starts AS (SELECT begun FROM wrong),
{usual},
edges AS (SELECT min(begun) AS low, greatest(max(begun), min(begun)::HUGEINT + 1) AS high FROM usual)
SELECT pipeline, origin, rule,
       greatest(0, least($buckets - 1, CAST(floor((begun::HUGEINT - low) * CAST($buckets AS DOUBLE)
                                                  / (high - low)) AS BIGINT))) AS bucket,
       count(*) AS runs, count(*) FILTER (confirmed) AS confirmed, min(begun) AS first_nano,
       max(begun) AS last_nano, arg_max(run_id, begun) AS latest, arg_max(detail, begun) AS detail
FROM wrong, edges
GROUP BY pipeline, origin, rule, bucket
ORDER BY last_nano;
