-- What the good runs of a pipeline are like, kept up to date run by run.
CREATE TABLE profiles (
    pipeline VARCHAR PRIMARY KEY,
    body VARCHAR NOT NULL
);

CREATE TABLE profile_members (
    pipeline VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL               -- a good run that went into the profile
);
