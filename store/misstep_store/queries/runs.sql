-- Runs, filtered; the program adds order, cursor and limit, and leaves out the conditions whose
-- parameter is NULL. One condition begins at each "AND (". Columns that it asks nothing of stay
-- unread. A verdict is what a person said last,
-- else what the recording says; a good hop does not make a good run.
WITH said AS (
    SELECT run_id, arg_max(state, number) AS state
    FROM verdicts
    WHERE given_by NOT IN ('check', 'judge', 'status') AND (hop_id IS NULL OR state = 'bad')
    GROUP BY run_id
)
SELECT rowid AS place, run_id, start_unix_nano, last_start_unix_nano, duration_ms, cost_usd, hop_count,
       span_count, log_count, complete, provisional, made_unix_nano, made_commit
FROM runs r
WHERE true
  AND ($hits IS NULL OR run_id IN (SELECT unnest($hits::VARCHAR[])))
  AND ($since IS NULL OR start_unix_nano >= $since)
  AND ($until IS NULL OR start_unix_nano < $until)
  AND ($verdict IS NULL OR run_id IN (SELECT run_id FROM said WHERE state = $verdict)
       OR recorded_verdict = $verdict AND run_id NOT IN (SELECT run_id FROM said))
  AND ($status IS NULL OR status = $status)
  AND ($name IS NULL OR name = $name)
  AND ($service IS NULL OR service = $service)
  AND ($pipeline IS NULL OR pipeline = $pipeline)
  AND ($version IS NULL OR version = $version)
  AND ($session IS NULL OR session_id = $session)
  AND ($user IS NULL OR user_id = $user)
  AND ($tag IS NULL OR list_contains(tags, $tag)
       OR EXISTS (SELECT 1 FROM run_tags t WHERE t.run_id = r.run_id AND t.tag = $tag))
  AND ($origin IS NULL OR run_id IN (
       SELECT run_id FROM diagnoses
       WHERE verdict = 'fault'
         AND regexp_replace(body->>'$.origins[0].name', '#[0-9]+$', '') = $origin))
  AND ($rule IS NULL OR run_id IN (
       SELECT run_id FROM diagnoses
       WHERE verdict = 'fault' AND (body->>'$.suspects[0].evidence[0].rule') = $rule))
  AND ($calls IS NULL OR $calls = (coalesce(len(models), 0) > 0))
  AND ($replays IS NULL OR $replays = (replay_of IS NOT NULL))
  AND ($model IS NULL OR list_contains(models, $model))
  AND ($failed IS NULL OR $failed = (status = 'error'
       OR run_id IN (SELECT run_id FROM diagnoses WHERE verdict = 'fault')
       OR run_id IN (SELECT run_id FROM said WHERE state = 'bad')
       OR recorded_verdict = 'bad' AND run_id NOT IN (SELECT run_id FROM said)))
  AND ($text IS NULL OR contains(lower(name), lower($text))
       OR run_id IN (SELECT trace_id FROM spans s
                     WHERE contains(lower(s.name), lower($text))
                        OR contains(lower(s.attributes), lower($text))
                        OR contains(lower(s.events), lower($text))
                        OR contains(lower(s.status_message), lower($text)))
       OR run_id IN (SELECT trace_id FROM logs l
                     WHERE contains(lower(l.body), lower($text))
                        OR contains(lower(l.attributes), lower($text))))
