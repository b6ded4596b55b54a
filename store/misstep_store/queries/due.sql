-- Runs that are complete or quiet and not diagnosed since they changed, newest first; very long
-- ones are diagnosed when somebody asks for it. None is due that was made before a look found none.
SELECT r.run_id
FROM runs r
LEFT JOIN diagnoses d USING (run_id)
WHERE r.made_unix_nano >= $since
  AND (d.run_id IS NULL OR d.made_unix_nano < r.made_unix_nano)
  AND r.hop_count <= $most_hops
  AND NOT r.provisional
  AND (r.complete OR r.made_unix_nano < $quiet)
ORDER BY r.start_unix_nano DESC
LIMIT $limit
