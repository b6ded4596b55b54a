-- Runs with their verdict as it stands, filtered; newest first unless :sort says otherwise.
-- Parameters by name; a NULL parameter does not filter.
WITH said AS (
    SELECT run_id, arg_max(state, number) AS state,
           max(number) AS number
    FROM verdicts
    WHERE given_by NOT IN ('check', 'judge', 'status')
      AND (hop_id IS NULL OR state = 'bad') -- a good hop does not make a good run
    GROUP BY run_id
),
judged AS (
    SELECT r.*,
           coalesce(s.state, r.recorded_verdict) AS verdict_state,
           d.body AS diagnosis
    FROM runs r
    LEFT JOIN said s USING (run_id)
    LEFT JOIN diagnoses d USING (run_id)
)
SELECT run_id, start_unix_nano, duration_ms, cost_usd, body, diagnosis
FROM judged r
WHERE ($since IS NULL OR start_unix_nano >= $since)
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
  AND ($failed IS NULL
       OR $failed = (status = 'error' OR verdict_state = 'bad'
                     OR coalesce(diagnosis LIKE '%"verdict":"fault"%', false)))
  AND ($text IS NULL
       OR contains(lower(name), lower($text))
       OR contains(lower(body), lower($text))
       OR EXISTS (SELECT 1 FROM hops h WHERE h.run_id = r.run_id
                  AND (contains(lower(h.payload), lower($text))
                       OR contains(lower(h.name), lower($text)))))
