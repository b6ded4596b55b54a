-- Batches that are stored in part: a transaction held some of their rows, with this number as their
-- commit_number and received_unix_nano, and the one with the rest has not been committed. That one
-- adds the number's negative, for it may have begun before the first was committed and then cannot
-- remove it; both go later. A number without its negative when a store is opened was never
-- acknowledged, and its rows are removed.
CREATE TABLE unfinished (
    number BIGINT NOT NULL
);
