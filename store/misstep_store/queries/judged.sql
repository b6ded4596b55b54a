-- What people, checks and programs said of some runs: verdicts, scores and tags; the program says which
-- runs, and puts what it gets in order.
WITH said AS (
    SELECT 'verdict' AS kind, run_id, number AS place, state AS told, given_by, text, note, hop_id,
           NULL AS value
    FROM verdicts
    UNION ALL
    SELECT 'score', run_id, number, name, given_by, NULL, NULL, hop_id, value
    FROM scores
    UNION ALL
    SELECT 'tag', run_id, given_unix_nano, tag, NULL, NULL, NULL, NULL, NULL
    FROM run_tags
)
SELECT * FROM said WHERE run_id {chosen}
