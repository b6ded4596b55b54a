-- What tells whether the sums of a day are those of its runs, when one of them was made last, and
-- how many hops they have.
SELECT CAST(start_unix_nano // 86400000000000 AS INTEGER) AS day, count(*) AS runs,
       sum(made_unix_nano) AS made_sum, max(made_unix_nano) AS made_last, sum(hop_count) AS hops
FROM runs
GROUP BY 1
ORDER BY 1
