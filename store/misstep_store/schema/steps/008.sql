-- 7 → 8. Replays are told apart by a column of their own; see schema/020_runs.sql.
-- changes: runs
DROP INDEX runs_by_id;
ALTER TABLE runs ADD COLUMN replay_of VARCHAR;
CREATE INDEX runs_by_id ON runs (run_id);
UPDATE runs SET replay_of = s.attributes->>'$."misstep.replay_of"'
FROM spans s
WHERE s.trace_id = runs.run_id AND s.operation = 'run' AND contains(s.attributes, '"misstep.replay_of"');
