-- What a trade mode demands beyond the agreement of the three flows. Only trades of such modes are looked at.
-- Settings hub.business_date (YYYYMMDD), hub.import_tax (told, required), hub.declarants (codes, comma-separated),
--          hub.need_parts (jsonb, need_part of ingest/need_tables.sql)
-- Takes    touched, flows, payments, waybills     Grows  breaks
-- Leaves   lacks: rates and limits without which nothing can be said of a trade
-- Source   ceb-messages: X-23 (limit of a list), X-13 (1210 out), M-05 (payer is buyer), M-04 (consignee),
--          M-10 (transport of direct and bonded imports), M-13 (limit of one import), M-16 (freight of order and list),
--          M-17 (who guarantees the tax). Values of persons are never shown

CREATE TEMP TABLE day_rates ON COMMIT DROP AS
SELECT currency, rate
FROM hub.exchange_rates('customs', to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD'));

INSERT INTO breaks
SELECT f.tid, 'E5009', trim_scale(round(f.goods_value * r.rate, 2))::text, trim_scale(f.max_value)::text
FROM flows f JOIN day_rates r USING (currency)
WHERE f.has_order AND f.goods_value * r.rate > f.max_value;

-- Tax is in no message of ours, so that its rates are waited for only where the zone wants it so; duty is asked about beyond
-- the limit alone. Of each HS code once, not of each line.
CREATE TEMP TABLE lacks ON COMMIT DROP AS
WITH taxed AS MATERIALIZED (
    SELECT DISTINCT f.tid, i.gcode,
           f.goods_value + f.freight + hub.insured_fee(f.trade_hash, f.key_code, f.order_no) <= m.single AS inside
    FROM flows f
    CROSS JOIN LATERAL (SELECT gcode FROM hub.order_item i WHERE i.trade_hash = f.trade_hash AND i.row_id = f.order_row OFFSET 0) i
    LEFT JOIN LATERAL (SELECT single FROM hub.import_limit
                       WHERE valid_from <= to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')
                       ORDER BY valid_from DESC LIMIT 1) m ON true
    WHERE (SELECT current_setting('hub.import_tax')) = 'required' AND f.has_order AND f.import
), unknown AS MATERIALIZED (
    SELECT c.gcode, k.kind
    FROM (SELECT DISTINCT gcode FROM taxed) c CROSS JOIN (VALUES ('duty'), ('vat'), ('consumption')) k (kind)
    WHERE hub.import_rate_of(k.kind, c.gcode, to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')) IS NULL
)
SELECT f.tid, 'customs' AS kind, f.currency AS code
FROM flows f
WHERE f.has_order AND f.max_value IS NOT NULL AND NOT EXISTS (SELECT 1 FROM day_rates r WHERE r.currency = f.currency)
UNION ALL
SELECT t.tid, u.kind, t.gcode FROM taxed t JOIN unknown u USING (gcode) WHERE u.kind <> 'duty' OR t.inside IS NOT TRUE
UNION ALL
-- no limit that is known is not no limit
SELECT f.tid, 'limit', 'import'
FROM flows f
WHERE f.has_order AND f.import
  AND (SELECT max(valid_from) FROM hub.import_limit
       WHERE valid_from <= to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')) IS NULL;

INSERT INTO breaks
SELECT f.tid, 'E5013', count(*)::text, hub.shown(min(i.item_no))
FROM flows f
JOIN hub.trade_order o ON o.trade_hash = f.trade_hash AND o.row_id = f.order_row
JOIN hub.order_item i ON i.trade_hash = f.trade_hash AND i.row_id = f.order_row
WHERE f.has_order AND f.trade_mode = '1210' AND NOT f.import
  AND NOT EXISTS (SELECT 1 FROM hub.goods g
                  WHERE g.trade_hash = hub.trade_hash(o.ebc_code, i.item_no) AND g.key_code = o.ebc_code
                    AND g.order_no = i.item_no AND g.current AND g.app_type <> '3'
                    AND g.item_record_no IS NOT NULL AND g.ems_no IS NOT NULL
                    AND g.iac_code IS NOT NULL AND g.iac_name IS NOT NULL)
GROUP BY f.tid;

INSERT INTO breaks
SELECT DISTINCT f.tid, 'E5010', hub.shown(p.pay_no), ''
FROM flows f
JOIN hub.trade_order o ON o.trade_hash = f.trade_hash AND o.row_id = f.order_row
JOIN payments p ON p.tid = f.tid
JOIN hub.payment v ON v.trade_hash = f.trade_hash AND v.row_id = p.row_id
WHERE f.has_order AND f.import
  AND (v.payer_id_number, v.payer_name) IS DISTINCT FROM (o.buyer_id_number, o.buyer_name)
UNION ALL
SELECT f.tid, b.code, hub.shown(coalesce(b.seen, w.logistics_no)), hub.shown(b.want)
FROM flows f
JOIN hub.trade_order o ON o.trade_hash = f.trade_hash AND o.row_id = f.order_row
JOIN waybills w ON w.tid = f.tid
JOIN hub.waybill v ON v.trade_hash = f.trade_hash AND v.row_id = w.row_id
LEFT JOIN hub.import_order m ON m.trade_hash = f.trade_hash AND m.row_id = f.order_row
CROSS JOIN LATERAL (VALUES
    ('E5011', NULL, '', (v.consignee, v.consignee_telephone, v.consignee_address)
                  IS DISTINCT FROM (o.consignee, o.consignee_telephone, o.consignee_address)),
    ('E5012', NULL, CASE f.trade_mode WHEN '1210' THEN '0' ELSE '3' END,
     num_nonnulls(v.traf_name, v.voyage_no, v.bill_no) <> CASE f.trade_mode WHEN '1210' THEN 0 ELSE 3 END),
    ('E5074', m.assure_code, concat_ws(', ', o.ebp_code, o.ebc_code, v.logistics_code),
     m.assure_code <> ALL (ARRAY[o.ebp_code, o.ebc_code, v.logistics_code])
     AND m.assure_code <> ALL (string_to_array((SELECT current_setting('hub.declarants')), ','))),
    ('E5075', trim_scale(v.freight)::text, trim_scale(o.freight)::text,
     o.freight <> v.freight AND o.freight <> v.freight + v.insured_fee)
) b (code, seen, want, broken)
WHERE f.has_order AND f.import AND b.broken;

-- M-13: one article that cannot be divided may cost more, with the full tax.
INSERT INTO breaks
SELECT f.tid, 'E5014', trim_scale(c.price)::text, trim_scale(m.single)::text
FROM flows f
JOIN hub.trade_order o ON o.trade_hash = f.trade_hash AND o.row_id = f.order_row
CROSS JOIN LATERAL (SELECT o.goods_value + o.freight + hub.insured_fee(o.trade_hash, o.key_code, o.order_no) AS price) c
JOIN LATERAL (SELECT single FROM hub.import_limit
              WHERE valid_from <= to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')
              ORDER BY valid_from DESC LIMIT 1) m ON c.price > m.single
WHERE f.has_order AND f.import
  AND (SELECT count(*) > 1 OR sum(qty) > 1 FROM hub.order_item i WHERE i.trade_hash = f.trade_hash AND i.row_id = f.order_row);

-- What a message must have of a payment or a waybill, and the feed it came in does not ask for: which direction's messages its
-- order ends in is known only here. Only rows of such feeds are looked at.
DO $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT n.feed, n.table_name, string_agg(format('(%L, %s, %L, %L, %L)', n.code, n.bad, n.told, n.trade_mode, n.ie_flag), ', ') AS rules
        FROM jsonb_to_recordset(current_setting('hub.need_parts')::jsonb)
             AS n (feed text, table_name text, trade_mode text, ie_flag text, code text, bad text, told text)
        WHERE n.table_name IN ('payment', 'waybill')
        GROUP BY n.feed, n.table_name
    LOOP
        EXECUTE format('INSERT INTO breaks
            SELECT f.tid, x.code, min(v.%1$I), string_agg(DISTINCT x.told, ''; '')
            FROM flows f
            JOIN %2$I p ON p.tid = f.tid
            JOIN hub.batch b ON b.batch_id = p.batch_id AND b.feed = %3$L
            CROSS JOIN LATERAL (SELECT * FROM hub.%4$I v WHERE v.trade_hash = f.trade_hash AND v.row_id = p.row_id OFFSET 0) v
            CROSS JOIN LATERAL (VALUES %5$s) x (code, bad, told, trade_mode, ie_flag)
            WHERE f.has_order AND x.bad AND x.trade_mode = ANY (ARRAY['''', f.trade_mode]) AND (x.ie_flag = ''I'') = f.import
              AND f.import = ANY (%6$L::boolean[])
            GROUP BY f.tid, x.code',
            CASE part.table_name WHEN 'payment' THEN 'pay_no' ELSE 'logistics_no' END, part.table_name || 's', part.feed, part.table_name, part.rules,
            ARRAY(SELECT DISTINCT n.ie_flag = 'I'
                  FROM jsonb_to_recordset(current_setting('hub.need_parts')::jsonb) AS n (feed text, table_name text, ie_flag text)
                  WHERE n.feed = part.feed AND n.table_name = part.table_name));
    END LOOP;
END $$
