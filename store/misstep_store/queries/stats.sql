-- How much arrived; of runs and hops `rollup_stamps.sql` tells in its one pass.
SELECT count(*) FROM spans;
