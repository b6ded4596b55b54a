-- What arrived, as it arrived. Everything else can be made again from these three tables.
CREATE TABLE resources (
    resource_id VARCHAR PRIMARY KEY,      -- hash of the other columns
    attributes VARCHAR NOT NULL,
    dropped_attributes_count UINTEGER NOT NULL,
    schema_url VARCHAR NOT NULL,
    entity_refs VARCHAR NOT NULL
);

CREATE TABLE scopes (
    scope_id VARCHAR PRIMARY KEY,         -- hash of the other columns
    name VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    attributes VARCHAR NOT NULL,
    dropped_attributes_count UINTEGER NOT NULL,
    schema_url VARCHAR NOT NULL
);

-- Written in transactions of whole row groups where enough waits (docs/adr/0001-columnar-ingest.md),
-- in order of arrival, so that a time window prunes most of the table.
CREATE TABLE spans (
    trace_id VARCHAR NOT NULL,
    span_id VARCHAR NOT NULL,
    parent_span_id VARCHAR NOT NULL,      -- '' for a root
    trace_state VARCHAR NOT NULL,
    flags UINTEGER NOT NULL,
    name VARCHAR NOT NULL,
    kind UINTEGER NOT NULL,
    start_unix_nano BIGINT NOT NULL,
    end_unix_nano BIGINT NOT NULL,        -- 0: not ended
    attributes VARCHAR NOT NULL USING COMPRESSION zstd,
    dropped_attributes_count UINTEGER NOT NULL,
    events VARCHAR NOT NULL,              -- compressed by their length: most spans have none
    dropped_events_count UINTEGER NOT NULL,
    links VARCHAR NOT NULL,
    dropped_links_count UINTEGER NOT NULL,
    status_code UINTEGER NOT NULL,
    status_message VARCHAR NOT NULL,
    resource_id VARCHAR NOT NULL,
    scope_id VARCHAR NOT NULL,
    -- copies of attributes, to filter and to sum by without reading JSON
    service VARCHAR,
    version VARCHAR,
    operation VARCHAR,
    provider VARCHAR,
    model VARCHAR,
    session_id VARCHAR,
    user_id VARCHAR,
    pipeline VARCHAR,
    input_tokens UINTEGER NOT NULL,
    output_tokens UINTEGER NOT NULL,
    received_unix_nano BIGINT NOT NULL
);

CREATE TABLE logs (
    trace_id VARCHAR NOT NULL,
    span_id VARCHAR NOT NULL,
    time_unix_nano BIGINT NOT NULL,
    observed_time_unix_nano BIGINT NOT NULL,
    severity_number INTEGER NOT NULL,
    severity_text VARCHAR NOT NULL,
    event_name VARCHAR NOT NULL,
    body VARCHAR NOT NULL USING COMPRESSION zstd,
    attributes VARCHAR NOT NULL USING COMPRESSION zstd,
    dropped_attributes_count UINTEGER NOT NULL,
    flags UINTEGER NOT NULL,
    resource_id VARCHAR NOT NULL,
    scope_id VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    received_unix_nano BIGINT NOT NULL
);

-- What each transaction added to each trace: one row a trace and transaction, summed when read.
-- A trace is pending while it has a row whose number is above its run's `made_commit`.
CREATE TABLE run_index (
    trace_id VARCHAR NOT NULL,
    start_unix_nano BIGINT NOT NULL,
    last_start_unix_nano BIGINT NOT NULL,
    end_unix_nano BIGINT NOT NULL,
    spans UINTEGER NOT NULL,
    open_spans UINTEGER NOT NULL,
    errors UINTEGER NOT NULL,
    logs UINTEGER NOT NULL,
    service VARCHAR,
    version VARCHAR,
    session_id VARCHAR,
    user_id VARCHAR,
    pipeline VARCHAR,
    commit_number BIGINT NOT NULL
);

CREATE TABLE counters (
    name VARCHAR PRIMARY KEY,             -- e.g. 'conflict', 'rejected: …', 'inbox: …'
    number BIGINT NOT NULL
);
