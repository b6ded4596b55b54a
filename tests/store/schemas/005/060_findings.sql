-- What diagnosis found, a row each, so that it can be queried: kept with the diagnosis of a run and
-- replaced with it. Both can be made again.
CREATE TABLE findings (
    run_id VARCHAR NOT NULL,
    suspect_id VARCHAR,                   -- the hop that is suspected; NULL: the pipeline's input
    suspect VARCHAR NOT NULL,             -- its name
    rank INTEGER NOT NULL,                -- of the suspect, 1 first
    rule VARCHAR NOT NULL,
    strict BOOLEAN NOT NULL,
    hop_id VARCHAR,                       -- where the evidence lies
    quote VARCHAR NOT NULL USING COMPRESSION zstd,
    detail VARCHAR NOT NULL USING COMPRESSION zstd
);

-- Which part of one hop's output went into which part of a later one's input.
CREATE TABLE edges (
    run_id VARCHAR NOT NULL,
    made_unix_nano BIGINT NOT NULL,       -- of the run they were read from
    number INTEGER NOT NULL,              -- their order
    from_id VARCHAR,                      -- NULL: the pipeline's input
    to_id VARCHAR,                        -- NULL: the pipeline's output
    from_path VARCHAR NOT NULL,
    to_path VARCHAR NOT NULL,
    quote VARCHAR NOT NULL USING COMPRESSION zstd,
    match VARCHAR NOT NULL,
    detail VARCHAR NOT NULL USING COMPRESSION zstd
);
