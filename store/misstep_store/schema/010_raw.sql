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
    attributes VARCHAR NOT NULL,
    dropped_attributes_count UINTEGER NOT NULL,
    events VARCHAR NOT NULL,
    dropped_events_count UINTEGER NOT NULL,
    links VARCHAR NOT NULL,
    dropped_links_count UINTEGER NOT NULL,
    status_code UINTEGER NOT NULL,
    status_message VARCHAR NOT NULL,
    resource_id VARCHAR NOT NULL,
    scope_id VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,              -- of the content: tells redelivery from conflict
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
    body VARCHAR NOT NULL,
    attributes VARCHAR NOT NULL,
    dropped_attributes_count UINTEGER NOT NULL,
    flags UINTEGER NOT NULL,
    resource_id VARCHAR NOT NULL,
    scope_id VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    received_unix_nano BIGINT NOT NULL
);

CREATE TABLE pending (
    trace_id VARCHAR NOT NULL             -- touched since it was last made into a run
);

CREATE TABLE counters (
    name VARCHAR PRIMARY KEY,             -- e.g. 'conflict', 'rejected: …', 'inbox: …'
    number BIGINT NOT NULL
);
