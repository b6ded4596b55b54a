-- Traces that tell only of a call another trace tells of too; see conventions/across.py.
CREATE TABLE lone_calls (
    trace_id VARCHAR NOT NULL,
    echo BOOLEAN NOT NULL,                -- tells of the call a second time
    at_unix_nano BIGINT NOT NULL,         -- when it joins its call; of a call: its start
    end_unix_nano BIGINT NOT NULL
);

CREATE TABLE folded (
    trace_id VARCHAR NOT NULL,            -- has no run of its own
    run_id VARCHAR NOT NULL               -- the run that its spans went into
);
