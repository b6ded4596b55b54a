-- Those of the traces in `touched` whose runs say already that they were executed again.
CREATE OR REPLACE TEMP TABLE replayed AS
SELECT r.run_id AS trace_id, r.replay_of
FROM runs r SEMI JOIN touched t ON t.trace_id = r.run_id
WHERE r.replay_of IS NOT NULL
