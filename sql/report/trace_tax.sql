-- What the import order costs in tax, line by line. Parameters $1 trade_hash, $2 key_code, $3 order_no
SELECT t.gnum, t.gcode, trim_scale(t.taxed) AS taxed, CASE WHEN t.inside THEN 'within the limit' ELSE 'full rates' END AS rates,
       t.duty_due, t.consumption_due, t.vat_due, t.tax
FROM hub.import_order_tax t JOIN hub.trade_order o ON o.trade_hash = t.trade_hash AND o.row_id = t.row_id
WHERE t.trade_hash = $1::bigint AND t.key_code = $2 AND t.order_no = $3 AND o.current
ORDER BY t.gnum
