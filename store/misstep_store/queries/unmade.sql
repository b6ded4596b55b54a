-- Whether spans of a trace are stored that have no run, here or in the one they went into.
SELECT 1
FROM run_index
WHERE trace_id = $run AND spans > 0
  AND trace_id NOT IN (SELECT run_id FROM runs WHERE run_id = $run)
  AND trace_id NOT IN (SELECT trace_id FROM folded WHERE trace_id = $run)
LIMIT 1
