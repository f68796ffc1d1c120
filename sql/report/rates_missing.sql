-- Rates that orders wait for, since when, and how many do
SELECT kind, code, date_trunc('second', min(since)) AS since, count(*) AS orders,
       'landport rate import FILE' AS next
FROM hub.missing_rate GROUP BY kind, code ORDER BY kind, code
