-- A sentence for each rate that orders wait for, one each. Setting hub.business_date (YYYYMMDD): the one at hand
SELECT format('no %s for %s%s: %s %s since %s; %s',
              CASE kind WHEN 'limit' THEN 'limit of imports' ELSE kind || ' rate of ' || code END,
              day, CASE WHEN first_day < day THEN ' (first asked about ' || first_day || ')' END,
              orders, CASE orders WHEN 1 THEN 'order waits' ELSE 'orders wait' END, to_char(since, 'YYYY-MM-DD HH24:MI'),
              CASE kind WHEN 'limit' THEN 'put a line that counts on that day into import_limit.tsv, then landport init' ELSE 'landport rate import FILE' END) AS told, 1 AS number
FROM (SELECT kind, code, to_char(to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD'), 'YYYY-MM-DD') AS day,
             to_char(min(first_day), 'YYYY-MM-DD') AS first_day, min(since) AS since, count(*) AS orders
      FROM hub.missing_rate GROUP BY kind, code ORDER BY kind, code) m
