-- Values to filter runs by, the most frequent first, with the number of runs that have them. Each
-- column is counted by itself: groups of one key take two thirds of the time of two. `$replays` is as
-- of `runs.sql`.
WITH chosen AS NOT MATERIALIZED (
    SELECT run_id, service, pipeline, version, session_id, user_id, models, tags
    FROM runs
    WHERE $replays IS NULL OR $replays = (replay_of IS NOT NULL)
),
counted AS (
    SELECT 'service' AS dimension, service AS value, count(*) AS runs FROM chosen GROUP BY service
    UNION ALL SELECT 'pipeline', pipeline, count(*) FROM chosen GROUP BY pipeline
    UNION ALL SELECT 'version', version, count(*) FROM chosen GROUP BY version
    UNION ALL SELECT 'session', session_id, count(*) FROM chosen GROUP BY session_id
    UNION ALL SELECT 'user', user_id, count(*) FROM chosen GROUP BY user_id
    UNION ALL SELECT 'model', value, count(*)
    FROM (SELECT unnest(models) AS value FROM chosen) GROUP BY value
    UNION ALL SELECT 'tag', value, count(*)
    FROM (SELECT unnest(tags) AS value FROM chosen
          UNION ALL SELECT tag FROM run_tags JOIN chosen USING (run_id)) GROUP BY value
)
SELECT dimension, value, runs
FROM counted
WHERE value IS NOT NULL AND value <> ''
QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY runs DESC, value) <= 100
ORDER BY dimension, runs DESC, value;
