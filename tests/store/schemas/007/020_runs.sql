-- Made from the raw tables; `body` holds what has no column of its own.
CREATE TABLE runs (
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

-- An index and no key: DuckDB 1.5 ends the process when a transaction that removes a key and adds it
-- again cannot be committed, e.g. for a full disk.
CREATE INDEX runs_by_id ON runs (run_id);

-- The small facts of hops. Payloads (messages, inputs, outputs, documents, tools, parameters, what a
-- replay needs) are in the raw spans and are mapped from there when a hop is shown or diagnosed.
CREATE TABLE hops (
    run_id VARCHAR NOT NULL,
    hop_id VARCHAR NOT NULL,
    idx INTEGER NOT NULL,
    parent_id VARCHAR,                    -- the enclosing hop
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    provider VARCHAR,
    model VARCHAR,                        -- that answered, else that was asked
    request_model VARCHAR,
    response_model VARCHAR,
    finish_reason VARCHAR,
    response_id VARCHAR,
    tool_call_id VARCHAR,
    path VARCHAR,
    convention VARCHAR NOT NULL,
    code_hash VARCHAR,                    -- of the source of the hop's function
    start_unix_nano BIGINT NOT NULL,
    offset_ms DOUBLE NOT NULL,            -- from the start of the run
    duration_ms DOUBLE NOT NULL,
    time_to_first_token_ms DOUBLE,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    unpriced_tokens BIGINT NOT NULL,
    cost_usd DOUBLE,
    is_error BOOLEAN NOT NULL,
    counted BOOLEAN NOT NULL,             -- a leaf model call: its tokens are in the run's totals
    complete BOOLEAN NOT NULL,
    orphan BOOLEAN NOT NULL,
    attempts INTEGER NOT NULL,            -- tries of one call that are one hop; 0: it has no record of them
    more VARCHAR NOT NULL,                -- JSON of what few hops have (error, merged spans, …), or ''
    run_start_unix_nano BIGINT NOT NULL   -- of the run: finds its hops without reading all run ids
);

-- Numbers of hops as far as they are known: of provisional runs every span stands for one.
CREATE VIEW all_hops AS
SELECT run_id, hop_id, name, kind, provider, model, input_tokens, output_tokens, unpriced_tokens,
       cost_usd, duration_ms, is_error, counted, run_start_unix_nano
FROM hops
UNION ALL
SELECT s.trace_id, s.span_id, s.name,
       CASE lower(s.operation)
           WHEN 'chat' THEN 'llm' WHEN 'generate_content' THEN 'llm'
           WHEN 'text_completion' THEN 'llm' WHEN 'embeddings' THEN 'embedding'
           WHEN 'execute_tool' THEN 'tool' WHEN 'invoke_agent' THEN 'agent'
           WHEN 'retrieval' THEN 'retriever' WHEN 'rerank' THEN 'reranker'
           WHEN 'llm' THEN 'llm' WHEN 'embedding' THEN 'embedding' WHEN 'tool' THEN 'tool'
           WHEN 'retriever' THEN 'retriever' WHEN 'reranker' THEN 'reranker'
           WHEN 'agent' THEN 'agent' WHEN 'guardrail' THEN 'guardrail'
           WHEN 'evaluator' THEN 'evaluator' ELSE 'chain' END,
       lower(s.provider), s.model, s.input_tokens, s.output_tokens,
       s.input_tokens + s.output_tokens, NULL,
       greatest(0, s.end_unix_nano - s.start_unix_nano) / 1e6, s.status_code = 2,
       s.model IS NOT NULL AND s.input_tokens + s.output_tokens > 0, r.start_unix_nano
FROM spans s JOIN runs r ON r.run_id = s.trace_id
WHERE r.provisional AND s.operation IS DISTINCT FROM 'run';
