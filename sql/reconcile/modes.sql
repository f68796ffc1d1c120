-- What nothing can be said of yet, and what messages ask of payments and waybills: both are known from data, not from a rule.
-- Settings hub.business_date (YYYYMMDD), hub.import_tax (told, required), hub.need_parts (jsonb, need_part of ingest/need_tables.sql)
-- Takes    touched, flows, payments, waybills, day_rates     Grows  breaks
-- Leaves   lacks: rates and limits without which nothing can be said of a trade

-- Tax is in no message of ours, so that its rates are waited for only where the zone wants it so; duty is asked about beyond
-- the limit alone. Of each HS code once, not of each line.
CREATE TEMP TABLE lacks ON COMMIT DROP AS
WITH taxed AS MATERIALIZED (
    SELECT DISTINCT f.tid, i.gcode,
           f.goods_value + f.freight
           + coalesce((SELECT n.fee FROM hub.insured n
                       WHERE n.subject_hash = f.subject_hash AND n.issuer = f.issuer AND n.order_no = f.order_no), 0) <= m.single AS inside
    FROM flows f
    CROSS JOIN LATERAL (SELECT gcode FROM hub.order_item i WHERE i.subject_hash = f.subject_hash AND i.row_id = f.order_row OFFSET 0) i
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

-- What a message must have of a payment or a waybill, and the feed it came in does not ask for: which direction's messages its
-- order ends in is known only here. Only rows of such feeds are looked at.
DO $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT n.feed, n.table_name, string_agg(format('(%L, %s, %L, %L, %L)', n.code, n.bad, n.told, n.trade_mode, n.ie_flag), ', ') AS rules
        FROM jsonb_to_recordset((SELECT current_setting('hub.need_parts')::jsonb))
             AS n (feed text, table_name text, trade_mode text, ie_flag text, code text, bad text, told text)
        WHERE n.table_name IN ('payment', 'waybill')
        GROUP BY n.feed, n.table_name
    LOOP
        EXECUTE format('INSERT INTO breaks
            SELECT f.tid, x.code, min(v.%1$I), string_agg(DISTINCT x.told, ''; '')
            FROM flows f
            JOIN %2$I p ON p.tid = f.tid
            JOIN hub.batch b ON b.batch_id = p.batch_id AND b.feed = %3$L
            CROSS JOIN LATERAL (SELECT * FROM hub.%4$I v WHERE v.subject_hash = f.subject_hash AND v.row_id = p.row_id OFFSET 0) v
            CROSS JOIN LATERAL (VALUES %5$s) x (code, bad, told, trade_mode, ie_flag)
            WHERE f.has_order AND x.bad AND x.trade_mode = ANY (ARRAY['''', f.trade_mode]) AND (x.ie_flag = ''I'') = f.import
              AND f.import = ANY (%6$L::boolean[])
            GROUP BY f.tid, x.code',
            CASE part.table_name WHEN 'payment' THEN 'pay_no' ELSE 'logistics_no' END, part.table_name || 's', part.feed, part.table_name, part.rules,
            ARRAY(SELECT DISTINCT n.ie_flag = 'I'
                  FROM jsonb_to_recordset((SELECT current_setting('hub.need_parts')::jsonb)) AS n (feed text, table_name text, ie_flag text)
                  WHERE n.feed = part.feed AND n.table_name = part.table_name));
    END LOOP;
END $$
