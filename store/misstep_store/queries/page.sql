-- What a page of runs shows, for the runs already chosen.
SELECT r.run_id, r.body, d.body AS diagnosis
FROM runs r LEFT JOIN diagnoses d USING (run_id)
WHERE r.run_id IN (SELECT unnest($runs::VARCHAR[]))
