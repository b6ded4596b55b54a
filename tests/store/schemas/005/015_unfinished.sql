-- Batches that are stored in part: a transaction held some of their rows, with this number as their
-- commit_number and received_unix_nano, and the one with the rest has not been committed. What is in
-- here when a store is opened was never acknowledged, and is removed.
CREATE TABLE unfinished (
    number BIGINT NOT NULL
);
