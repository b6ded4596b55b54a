-- Values to filter runs by, the most frequent first, with the number of runs that have them.
WITH named AS (
    SELECT 'service' AS dimension, service AS value FROM runs
    UNION ALL SELECT 'pipeline', pipeline FROM runs
    UNION ALL SELECT 'version', version FROM runs
    UNION ALL SELECT 'session', session_id FROM runs
    UNION ALL SELECT 'user', user_id FROM runs
    UNION ALL SELECT 'model', unnest(models) FROM runs
    UNION ALL SELECT 'tag', unnest(tags) FROM runs
    UNION ALL SELECT 'tag', tag FROM run_tags
)
SELECT dimension, value, count(*) AS runs
FROM named
WHERE value IS NOT NULL AND value <> ''
GROUP BY dimension, value
QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY runs DESC, value) <= 100
ORDER BY dimension, runs DESC, value;
