-- Sums of hops by day, made in quiet moments from `hops` and `runs`. A day counts only while
-- `rollup_days` says of its runs what `runs` says now; else its hops are summed when asked.
CREATE TABLE rollups (
    day INTEGER NOT NULL,                 -- of the runs' starts, days since 1970 in UTC
    dimension VARCHAR NOT NULL,           -- hop, model, provider or pipeline
    value VARCHAR NOT NULL,
    owner VARCHAR,                        -- a hop's pipeline, a model's provider
    calls BIGINT NOT NULL,
    runs BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    unpriced_tokens BIGINT NOT NULL,
    cost_usd DOUBLE,
    total_ms DOUBLE NOT NULL,
    max_ms DOUBLE NOT NULL,
    buckets SMALLINT[] NOT NULL,          -- of durations, each 2 % wide
    bucket_calls UINTEGER[] NOT NULL      -- calls in each of them
);

CREATE TABLE rollup_days (
    day INTEGER PRIMARY KEY,
    runs BIGINT NOT NULL,
    made_sum HUGEINT NOT NULL             -- of when each was made: another when any was made again
);
