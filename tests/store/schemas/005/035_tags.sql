-- Tags people gave to runs, beside those that the runs' own spans carry.
CREATE TABLE run_tags (
    run_id VARCHAR NOT NULL,
    tag VARCHAR NOT NULL,
    given_by VARCHAR,
    given_unix_nano BIGINT NOT NULL,
    PRIMARY KEY (run_id, tag)
);
