-- What executing runs again has proved; overrules the diagnosis and survives a new one.
CREATE TABLE confirmations (
    run_id VARCHAR PRIMARY KEY,
    body VARCHAR NOT NULL,
    made_unix_nano BIGINT NOT NULL
);
