-- A document of a trade goes into its agency's next bundle once more. Parameters $1 trade_hash, $2 guid, $3 who, $4 reason, $5 now
WITH d AS (
    UPDATE hub.document SET resend = true WHERE trade_hash = $1::bigint AND guid = $2::uuid
    RETURNING trade_hash, guid, kind, order_row, bundle_id
), o AS (
    SELECT d.*, o.key_code, o.order_no, b.agency
    FROM d JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row JOIN hub.bundle b USING (bundle_id)
), u AS (
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT $5::timestamptz, $3, 'bundle resend', kind || ' ' || order_no || ' ' || upper(guid::text), $4 FROM o
)
INSERT INTO hub.ready (agency, trade_hash, key_code, order_no, order_row)
SELECT agency, trade_hash, key_code, order_no, order_row FROM o
WHERE NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = o.agency AND r.what = 'trade'
                  AND r.trade_hash = o.trade_hash AND r.order_row = o.order_row)
