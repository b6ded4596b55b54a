-- 3 → 4. Hops have a column for each small fact and no copy of their payloads; findings and edges
-- are rows. Hops and runs are made again from the raw spans.
DROP VIEW IF EXISTS all_hops;
DROP TABLE IF EXISTS hops;
DROP TABLE IF EXISTS runs;
DROP TABLE IF EXISTS lone_calls;
DROP TABLE IF EXISTS folded;
DROP TABLE IF EXISTS rollups;
DROP TABLE IF EXISTS rollup_days;
