-- Totals of the store.
SELECT (SELECT count(*) FROM spans),
       (SELECT count(*) FROM runs),
       (SELECT coalesce(sum(hop_count), 0) FROM runs);
