-- Rows of a table by the number they arrived with; the program names the table and when its rows
-- began.
SELECT received_unix_nano AS number, count(*) AS rows,
       min({start}) AS first_start, max({start}) AS last_start
FROM {table}
WHERE received_unix_nano > $low AND received_unix_nano <= $high
GROUP BY received_unix_nano
ORDER BY received_unix_nano
