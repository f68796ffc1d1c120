-- The month before is over: each consignor's lists of it, as things of their own ('month'), once.
-- Only the bundles of that month are looked at. Parameters $1 agencies (comma-separated), $2 business date
-- Source  ceb-messages X-20, X-21: by the 15th of the next month
WITH agency AS (
    SELECT agency, to_char(to_date($2, 'YYYYMMDD') - interval '1 month', 'YYYYMM') AS month
    FROM string_to_table(nullif($1, ''), ',') agency
), due AS MATERIALIZED ( -- once, and not for each list
    SELECT a.* FROM agency a WHERE NOT EXISTS (SELECT FROM hub.summary s
                                               WHERE s.agency = a.agency AND s.month = a.month)
), made AS (
    INSERT INTO hub.summary (trade_hash, agency, ebc_code, month, ebc_name, lists)
    SELECT hub.trade_hash(o.ebc_code, due.month), due.agency, o.ebc_code, due.month, max(o.ebc_name), count(*)
    FROM due
    JOIN hub.bundle b ON b.agency = due.agency AND left(b.app_time, 6) = due.month
    JOIN hub.document d ON d.bundle_id = b.bundle_id AND d.kind = 'CEB603' AND d.version = 1
    JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
    GROUP BY due.agency, due.month, o.ebc_code
    RETURNING trade_hash, row_id, agency, ebc_code, month
)
INSERT INTO hub.ready (agency, what, trade_hash, key_code, order_no, order_row)
SELECT agency, 'month', trade_hash, ebc_code, month, row_id FROM made
