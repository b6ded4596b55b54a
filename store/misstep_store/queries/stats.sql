-- Totals of the store.
SELECT (SELECT count(*) FROM spans),
       (SELECT count(*) FROM runs),
       (SELECT count(*) FROM hops);
