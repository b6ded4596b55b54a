-- 5 → 6. Runs are found by an index that is no key; see schema/020_runs.sql.
-- changes: runs
CREATE TABLE runs_without_key (
    run_id VARCHAR NOT NULL,              -- stands once: all writers replace under one lock
    name VARCHAR NOT NULL,
    service VARCHAR,
    pipeline VARCHAR,
    version VARCHAR,
    start_unix_nano BIGINT NOT NULL,
    last_start_unix_nano BIGINT NOT NULL, -- of its spans: the window in which they are found
    duration_ms DOUBLE NOT NULL,
    status VARCHAR NOT NULL,
    complete BOOLEAN NOT NULL,
    session_id VARCHAR,
    user_id VARCHAR,
    tags VARCHAR[] NOT NULL,
    models VARCHAR[] NOT NULL,
    hop_count INTEGER NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cost_usd DOUBLE,
    recorded_verdict VARCHAR NOT NULL,    -- what the recording itself says, before users
    span_count BIGINT NOT NULL,
    log_count BIGINT NOT NULL,
    body VARCHAR NOT NULL USING COMPRESSION zstd, -- the run as JSON; '' until it is shown
    made_unix_nano BIGINT NOT NULL,
    made_commit BIGINT NOT NULL,          -- the last transaction of the trace that is in here
    provisional BOOLEAN NOT NULL          -- summed from columns alone; not read by a convention yet
);
INSERT INTO runs_without_key SELECT * FROM runs;
DROP TABLE runs;
ALTER TABLE runs_without_key RENAME TO runs;
CREATE INDEX runs_by_id ON runs (run_id);
