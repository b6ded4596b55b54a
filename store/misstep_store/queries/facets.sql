-- Values to filter runs by, the most frequent first, with the number of runs that have them. Each
-- column is counted by itself: groups of one key take two thirds of the time of two.
WITH counted AS (
    SELECT 'service' AS dimension, service AS value, count(*) AS runs FROM runs GROUP BY service
    UNION ALL SELECT 'pipeline', pipeline, count(*) FROM runs GROUP BY pipeline
    UNION ALL SELECT 'version', version, count(*) FROM runs GROUP BY version
    UNION ALL SELECT 'session', session_id, count(*) FROM runs GROUP BY session_id
    UNION ALL SELECT 'user', user_id, count(*) FROM runs GROUP BY user_id
    UNION ALL SELECT 'model', value, count(*)
    FROM (SELECT unnest(models) AS value FROM runs) GROUP BY value
    UNION ALL SELECT 'tag', value, count(*)
    FROM (SELECT unnest(tags) AS value FROM runs UNION ALL SELECT tag FROM run_tags) GROUP BY value
)
SELECT dimension, value, runs
FROM counted
WHERE value IS NOT NULL AND value <> ''
QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY runs DESC, value) <= 100
ORDER BY dimension, runs DESC, value;
