-- All runs in the order in which retention removes them: oldest first, failing and marked last.
-- A run without a start time counts from when it was made.
WITH marked AS (
    SELECT DISTINCT run_id FROM verdicts
)
SELECT r.run_id,
       CASE WHEN r.start_unix_nano > 0 THEN r.start_unix_nano ELSE r.made_unix_nano END AS age_from,
       (r.status = 'error' OR r.recorded_verdict = 'bad' OR m.run_id IS NOT NULL
        OR coalesce(d.verdict = 'fault', false)) AS goes_last
FROM runs r
LEFT JOIN marked m USING (run_id)
LEFT JOIN diagnoses d USING (run_id)
ORDER BY goes_last, age_from, r.run_id;
