-- tax: what retail imports cost.

-- price, freight and insurance together are what is taxed. inside: within both limits.
CREATE OR REPLACE FUNCTION hub.import_tax(taxed numeric, duty numeric, vat numeric, consumption numeric, inside boolean,
                               reduction numeric)
    RETURNS TABLE (duty_due numeric, consumption_due numeric, vat_due numeric, tax numeric)
    LANGUAGE sql IMMUTABLE
AS $$
    SELECT round(d, 2), round(c, 2), round(v, 2), round(d + c + v, 2)
    FROM (SELECT CASE WHEN $5 THEN 0 ELSE $1 * $2 END AS d) d
    CROSS JOIN LATERAL (SELECT ($1 + d) / (1 - $4) * $4 AS full_c) f
    CROSS JOIN LATERAL (SELECT full_c * CASE WHEN $5 THEN $6 ELSE 1 END AS c,
                               ($1 + d + full_c) * $3 * CASE WHEN $5 THEN $6 ELSE 1 END AS v) t
$$;

-- What it costs to insure an order's goods on their way, on all its waybills; no row where it has none. Asked of one order at a time by a
-- sub-select in place of a value: its waybills are looked up, an archive of them is not summed.
CREATE OR REPLACE VIEW hub.insured AS
SELECT subject_hash, issuer, order_no, sum(insured_fee) AS fee FROM hub.waybill WHERE current AND app_type <> '3'
GROUP BY subject_hash, issuer, order_no;

-- What an import order costs, line by line, at the rates of its day: for operators and trace. What depends on a rate that
-- is not loaded is NULL, and `unknown` says which ones those are; within the limits duty is none whatever its rate is.
CREATE OR REPLACE VIEW hub.import_order_tax AS
SELECT o.subject_hash, o.row_id, o.issuer, o.order_no, i.gnum, i.gcode,
       round(i.total_price + share.way, 5) AS taxed, l.inside, t.duty_due, t.consumption_due, t.vat_due, t.tax,
       array_remove(ARRAY[CASE WHEN r.duty IS NULL AND l.inside IS NOT TRUE THEN 'duty' END, CASE WHEN r.vat IS NULL THEN 'vat' END,
                          CASE WHEN r.consumption IS NULL THEN 'consumption' END, CASE WHEN l.inside IS NULL THEN 'limit' END], NULL) AS unknown
FROM hub.trade_order o
JOIN hub.order_item i ON i.subject_hash = o.subject_hash AND i.row_id = o.row_id
CROSS JOIN LATERAL (SELECT o.freight + coalesce((SELECT n.fee FROM hub.insured n
                                                 WHERE n.subject_hash = o.subject_hash AND n.issuer = o.issuer AND n.order_no = o.order_no), 0) AS whole OFFSET 0) way
CROSS JOIN LATERAL (SELECT CASE WHEN o.goods_value = 0 THEN 0 ELSE way.whole * i.total_price / o.goods_value END AS way) share
CROSS JOIN LATERAL (SELECT to_date(left(o.order_time, 8), 'YYYYMMDD') AS day) d
LEFT JOIN LATERAL (SELECT o.goods_value + way.whole <= m.single AS inside, m.reduction
                   FROM hub.import_limit m WHERE m.valid_from <= d.day ORDER BY valid_from DESC LIMIT 1) l ON true
CROSS JOIN LATERAL (SELECT hub.import_rate_of('duty', i.gcode, d.day) AS duty, hub.import_rate_of('vat', i.gcode, d.day) AS vat,
                           hub.import_rate_of('consumption', i.gcode, d.day) AS consumption) r
CROSS JOIN LATERAL hub.import_tax(CASE WHEN l.inside IS NOT NULL THEN i.total_price + share.way END, r.duty, r.vat, r.consumption, l.inside, l.reduction) t
WHERE o.order_type = 'I';
