-- 6 → 7. Contents are compared themselves; see schema/010_raw.sql.
-- changes: spans
ALTER TABLE spans DROP COLUMN digest;
