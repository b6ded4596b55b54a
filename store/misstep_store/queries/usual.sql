middle AS (SELECT quantile_disc(begun, 0.5)::DOUBLE AS moment, count(*) AS every FROM starts),
-- A clock far off: years from most runs, and further than twenty times what half of them are.
apart AS (
    SELECT greatest(94608000e9, 20 * quantile_disc(abs(begun - (SELECT moment FROM middle)), 0.5)) AS most
    FROM starts
),
far AS (
    SELECT count(*) AS off FROM starts
    WHERE abs(begun - (SELECT moment FROM middle)) > (SELECT most FROM apart)
),
-- Such are few, or they are no mistake.
usual AS (
    SELECT begun FROM starts
    WHERE abs(begun - (SELECT moment FROM middle)) <= (SELECT most FROM apart)
       OR (SELECT every < 3 OR off > greatest(1, every / 20) FROM middle, far)
)
