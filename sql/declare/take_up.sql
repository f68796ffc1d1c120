-- What waited for its kind is ready again where it still may be told; else whatever changed it has brought it, or will.
-- Parameter $1 agency
WITH taken AS (
    DELETE FROM hub.aside WHERE agency = $1 AND state = 'waiting'
    RETURNING trade_hash, what, key_code, order_no, row_id
), due AS MATERIALIZED (
    SELECT DISTINCT k.trade_hash, k.what, k.key_code, k.order_no, k.row_id
    FROM taken k JOIN hub.thing t ON t.what = k.what AND t.trade_hash = k.trade_hash AND t.row_id = k.row_id AND t.stands
    WHERE k.what <> 'trade' OR EXISTS (SELECT 1 FROM hub.trade m WHERE m.trade_hash = k.trade_hash
                                       AND m.key_code = k.key_code AND m.order_no = k.order_no AND m.verdict = 'matched')
), let_go AS (
    UPDATE hub.ready r SET held = false FROM due d
    WHERE r.held AND r.agency = $1 AND r.what = d.what AND r.trade_hash = d.trade_hash AND r.order_row = d.row_id
)
INSERT INTO hub.ready (agency, what, trade_hash, key_code, order_no, order_row)
SELECT $1, d.what, d.trade_hash, d.key_code, d.order_no, d.row_id FROM due d
WHERE NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = $1 AND r.what = d.what
                  AND r.trade_hash = d.trade_hash AND r.order_row = d.row_id)
