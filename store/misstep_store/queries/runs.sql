-- Runs with their verdict as it stands, filtered; the program adds order, cursor and limit, and
-- leaves out the conditions whose parameter is NULL. One condition begins at each "AND (".
WITH said AS (
    SELECT run_id, arg_max(state, number) AS state
    FROM verdicts
    WHERE given_by NOT IN ('check', 'judge', 'status')
      AND (hop_id IS NULL OR state = 'bad') -- a good hop does not make a good run
    GROUP BY run_id
),
judged AS (
    SELECT r.* EXCLUDE (body),
           coalesce(s.state, r.recorded_verdict) AS verdict_state,
           coalesce(d.verdict = 'fault', false) AS faulty
    FROM runs r
    LEFT JOIN said s USING (run_id)
    LEFT JOIN diagnoses d USING (run_id)
)
SELECT run_id, start_unix_nano, duration_ms, cost_usd, provisional
FROM judged r
WHERE true
  AND ($since IS NULL OR start_unix_nano >= $since)
  AND ($until IS NULL OR start_unix_nano < $until)
  AND ($verdict IS NULL OR verdict_state = $verdict)
  AND ($status IS NULL OR status = $status)
  AND ($name IS NULL OR name = $name)
  AND ($service IS NULL OR service = $service)
  AND ($pipeline IS NULL OR pipeline = $pipeline)
  AND ($version IS NULL OR version = $version)
  AND ($session IS NULL OR session_id = $session)
  AND ($user IS NULL OR user_id = $user)
  AND ($tag IS NULL OR list_contains(tags, $tag)
       OR EXISTS (SELECT 1 FROM run_tags t WHERE t.run_id = r.run_id AND t.tag = $tag))
  AND ($model IS NULL OR list_contains(models, $model))
  AND ($failed IS NULL OR $failed = (status = 'error' OR verdict_state = 'bad' OR faulty))
  AND ($text IS NULL OR contains(lower(name), lower($text))
       OR run_id IN (SELECT trace_id FROM spans s
                     WHERE contains(lower(s.name), lower($text))
                        OR contains(lower(s.attributes), lower($text))
                        OR contains(lower(s.events), lower($text))
                        OR contains(lower(s.status_message), lower($text)))
       OR run_id IN (SELECT trace_id FROM logs l
                     WHERE contains(lower(l.body), lower($text))
                        OR contains(lower(l.attributes), lower($text))))
