-- Traces with a transaction above the watermark that no run has in it; spans and newest transaction
-- of all of them beside each.
SELECT i.trace_id, sum(sum(i.spans)) OVER () AS spans, max(max(i.commit_number)) OVER () AS newest
FROM run_index i
LEFT JOIN folded f ON f.trace_id = i.trace_id
LEFT JOIN runs r ON r.run_id = coalesce(f.run_id, i.trace_id)
WHERE i.commit_number > $above AND (r.run_id IS NULL OR i.commit_number > r.made_commit)
GROUP BY i.trace_id
LIMIT $limit
