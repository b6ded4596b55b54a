-- The oldest transaction that is not in `runs` yet; NULL when all are.
SELECT min(i.commit_number)
FROM run_index i
LEFT JOIN folded f ON f.trace_id = i.trace_id
LEFT JOIN runs r ON r.run_id = coalesce(f.run_id, i.trace_id)
WHERE r.run_id IS NULL OR i.commit_number > r.made_commit
