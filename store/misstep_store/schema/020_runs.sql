-- Made from the raw tables; `body` holds what has no column of its own.
CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    service VARCHAR,
    pipeline VARCHAR,
    version VARCHAR,
    start_unix_nano BIGINT NOT NULL,
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
    body VARCHAR NOT NULL,
    made_unix_nano BIGINT NOT NULL
);

CREATE TABLE hops (
    run_id VARCHAR NOT NULL,
    hop_id VARCHAR NOT NULL,
    idx INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    provider VARCHAR,
    model VARCHAR,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    unpriced_tokens BIGINT NOT NULL,
    cost_usd DOUBLE,
    duration_ms DOUBLE NOT NULL,
    is_error BOOLEAN NOT NULL,
    counted BOOLEAN NOT NULL,             -- a leaf model call: its tokens are in the run's totals
    body VARCHAR NOT NULL,                -- the hop without its payloads
    payload VARCHAR NOT NULL              -- input, output, messages and what else can be large
);
