-- When each hop of some runs ran; runs of thousands of hops are left to their own page.
SELECT h.run_id, h.hop_id, h.parent_id, h.offset_ms, h.duration_ms
FROM hops h JOIN runs r USING (run_id)
WHERE h.run_start_unix_nano IN (SELECT unnest($starts::BIGINT[]))
  AND list_contains($runs::VARCHAR[], h.run_id) AND r.hop_count <= 2000;
