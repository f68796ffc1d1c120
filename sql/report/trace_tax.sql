-- What the import order costs in tax, line by line; what depends on a rate nobody loaded is unknown. Parameters $1 subject_hash,
-- $2 issuer, $3 order_no
SELECT t.gnum, t.gcode, trim_scale(t.taxed) AS taxed,
       CASE t.inside WHEN true THEN 'within the limit' WHEN false THEN 'full rates' ELSE 'unknown' END AS rates,
       t.duty_due, t.consumption_due, t.vat_due, t.tax, array_to_string(t.unknown, ', ') AS unknown_rates
FROM hub.import_order_tax t JOIN hub.trade_order o ON o.subject_hash = t.subject_hash AND o.row_id = t.row_id
WHERE t.subject_hash = $1::bigint AND t.issuer = $2 AND t.order_no = $3 AND o.current
ORDER BY t.gnum
