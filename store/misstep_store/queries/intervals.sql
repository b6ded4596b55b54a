-- When each hop of some runs ran; runs of thousands of hops are left to their own page. Joined by
-- when the runs began, too: so only the row groups around those moments are read.
WITH chosen AS MATERIALIZED (
    SELECT run_id, start_unix_nano FROM runs
    WHERE start_unix_nano IN (SELECT unnest($starts::BIGINT[]))
      AND list_contains($runs::VARCHAR[], run_id) AND hop_count <= 2000
)
SELECT h.run_id, h.hop_id, h.parent_id, h.offset_ms, h.duration_ms
FROM hops h JOIN chosen c ON h.run_start_unix_nano = c.start_unix_nano AND h.run_id = c.run_id;
