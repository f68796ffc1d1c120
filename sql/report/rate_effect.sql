-- What loaded rates are good for, on the business date at hand: orders that can go on, orders that wait on, and for which rates.
-- Setting hub.business_date (YYYYMMDD)
WITH arrived AS MATERIALIZED (
    SELECT * FROM hub.rates_arrived(to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD'))
), waiting AS MATERIALIZED (
    SELECT m.subject_hash, m.issuer, m.order_no, m.kind, m.code, a.kind IS NOT NULL AS there
    FROM hub.missing_rate m LEFT JOIN arrived a USING (kind, code)
), orders AS (
    SELECT bool_and(there) AS goes FROM waiting GROUP BY subject_hash, issuer, order_no
)
SELECT count(*) FILTER (WHERE goes) AS go, count(*) FILTER (WHERE NOT goes) AS wait,
       (SELECT string_agg(kind || ' ' || code, ', ' ORDER BY kind, code)
        FROM (SELECT DISTINCT kind, code FROM waiting WHERE NOT there ORDER BY kind, code LIMIT 20) w) AS rates,
       to_char(to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD'), 'YYYY-MM-DD') AS day
FROM orders
