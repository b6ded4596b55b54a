-- What tells whether the sums of a day are those of its runs, and when one of them was made last.
SELECT CAST(start_unix_nano // 86400000000000 AS INTEGER) AS day, count(*) AS runs,
       sum(CAST(made_unix_nano AS HUGEINT)) AS made_sum, max(made_unix_nano) AS made_last
FROM runs
GROUP BY 1
ORDER BY 1
