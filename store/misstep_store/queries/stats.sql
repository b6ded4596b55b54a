-- How much arrived, and how many runs are replays; of all runs and their hops `rollup_stamps.sql`
-- tells in its one pass.
SELECT (SELECT count(*) FROM spans), (SELECT count(replay_of) FROM runs);
