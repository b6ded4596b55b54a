-- Made from the raw tables; `body` holds what has no column of its own.
CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY,
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
    body VARCHAR NOT NULL USING COMPRESSION zstd,
    made_unix_nano BIGINT NOT NULL,
    made_commit BIGINT NOT NULL,          -- the last transaction of the trace that is in here
    provisional BOOLEAN NOT NULL          -- summed from columns alone; not read by a convention yet
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
    body VARCHAR NOT NULL USING COMPRESSION zstd,   -- the hop without its payloads
    payload VARCHAR NOT NULL USING COMPRESSION zstd -- input, output, messages, what else is large
);

-- Numbers of hops as far as they are known: of provisional runs every span stands for one.
CREATE VIEW all_hops AS
SELECT run_id, hop_id, name, kind, provider, model, input_tokens, output_tokens, unpriced_tokens,
       cost_usd, duration_ms, is_error, counted
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
       s.model IS NOT NULL AND s.input_tokens + s.output_tokens > 0
FROM spans s JOIN runs r ON r.run_id = s.trace_id
WHERE r.provisional AND s.operation IS DISTINCT FROM 'run';
