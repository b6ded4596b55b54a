-- What people, checks and programs said of some runs: verdicts, scores and tags; the program puts
-- them in order.
WITH asked AS (SELECT unnest($runs::VARCHAR[]) AS run_id)
SELECT 'verdict' AS kind, run_id, number AS place, state AS told, given_by, text, note, hop_id,
       NULL AS value
FROM verdicts SEMI JOIN asked USING (run_id)
UNION ALL
SELECT 'score', run_id, number, name, given_by, NULL, NULL, hop_id, value
FROM scores SEMI JOIN asked USING (run_id)
UNION ALL
SELECT 'tag', run_id, given_unix_nano, tag, NULL, NULL, NULL, NULL, NULL
FROM run_tags SEMI JOIN asked USING (run_id)
