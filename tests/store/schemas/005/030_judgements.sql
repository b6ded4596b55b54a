-- What people, checks and misstep itself said of runs.
CREATE SEQUENCE judgement_numbers;

CREATE TABLE verdicts (
    number BIGINT NOT NULL DEFAULT nextval('judgement_numbers'),
    run_id VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    given_by VARCHAR NOT NULL,
    text VARCHAR,
    note VARCHAR,
    hop_id VARCHAR,
    given_unix_nano BIGINT NOT NULL
);

CREATE TABLE scores (
    number BIGINT NOT NULL DEFAULT nextval('judgement_numbers'),
    run_id VARCHAR NOT NULL,
    hop_id VARCHAR,
    name VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    given_by VARCHAR,
    given_unix_nano BIGINT NOT NULL
);

CREATE TABLE diagnoses (
    run_id VARCHAR PRIMARY KEY,
    rules_version VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL,         -- of what it was read from; another one makes it stale
    verdict VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    made_unix_nano BIGINT NOT NULL
);
