-- What `judged.sql` tells, of one run: planned and looked up in half the time.
SELECT 'verdict' AS kind, run_id, number AS place, state AS told, given_by, text, note, hop_id,
       NULL AS value
FROM verdicts WHERE run_id = $run
UNION ALL
SELECT 'score', run_id, number, name, given_by, NULL, NULL, hop_id, value
FROM scores WHERE run_id = $run
UNION ALL
SELECT 'tag', run_id, given_unix_nano, tag, NULL, NULL, NULL, NULL, NULL
FROM run_tags WHERE run_id = $run
