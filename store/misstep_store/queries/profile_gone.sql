-- Runs in a pipeline's profile that are not good any more, or gone.
WITH said AS (
    SELECT run_id, arg_max(state, number) AS state
    FROM verdicts
    WHERE given_by NOT IN ('check', 'judge', 'status')
      AND (hop_id IS NULL OR state = 'bad')
    GROUP BY run_id
)
SELECT m.run_id
FROM profile_members m
LEFT JOIN runs r USING (run_id)
LEFT JOIN said s USING (run_id)
WHERE m.pipeline = $pipeline
  AND (r.run_id IS NULL OR coalesce(s.state, r.recorded_verdict) <> 'good')
