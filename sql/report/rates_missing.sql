-- Rates that orders wait for, the day they are asked about, since which they have been, and how many orders wait: a rate that
-- ends before `day` lets none go on. Setting hub.business_date (YYYYMMDD): the one at hand
SELECT kind, code, to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD') AS day, min(first_day) AS first_day,
       date_trunc('second', min(since)) AS since, count(*) AS orders,
       CASE kind WHEN 'limit' THEN 'a line of import_limit.tsv that counts on that day, then landport init' ELSE 'landport rate import FILE' END AS next
FROM hub.missing_rate GROUP BY kind, code ORDER BY kind, code
