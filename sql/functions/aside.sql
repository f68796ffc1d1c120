-- aside: documents that were set aside.

-- hub.aside, with the files and lines it was to be made from: order, payment, waybill, or the thing it is of, and a list's articles.
CREATE OR REPLACE VIEW hub.aside_place AS
SELECT a.*, (
    SELECT string_agg(b.name || ':' || r.line, ', ' ORDER BY r.nth, r.batch_id, r.line)
    FROM (SELECT 1 AS nth, batch_id, line FROM hub.trade_order o
          WHERE o.trade_hash = a.trade_hash AND o.row_id = coalesce(a.order_row, CASE WHEN a.what IN ('trade', 'void') THEN a.row_id END)
          UNION ALL
          SELECT 2, batch_id, line FROM hub.payment p WHERE p.trade_hash = a.trade_hash AND p.row_id = a.payment_row
          UNION ALL
          SELECT 3, batch_id, line FROM hub.waybill w WHERE w.trade_hash = a.trade_hash AND w.row_id = a.waybill_row
          UNION ALL
          SELECT 0, batch_id, line FROM hub.thing t
          WHERE a.what NOT IN ('trade', 'void') AND t.what = a.what AND t.trade_hash = a.trade_hash AND t.row_id = a.row_id
          UNION ALL
          (SELECT DISTINCT 4, g.batch_id, g.line
           FROM hub.trade_order o
           JOIN hub.order_item i ON i.trade_hash = o.trade_hash AND i.row_id = o.row_id
           JOIN hub.bundle_goods u ON u.bundle_id = a.bundle_id AND u.key_code = o.ebc_code AND u.order_no = i.item_no
           JOIN hub.goods g ON g.trade_hash = hub.trade_hash(u.key_code, u.order_no) AND g.row_id = u.goods_row
           WHERE a.kind IN (SELECT withdraws FROM hub.receipt_kind)
             AND o.trade_hash = a.trade_hash AND o.row_id = a.order_row ORDER BY 2, 3 LIMIT 5)) r
    JOIN hub.batch b USING (batch_id)) AS place
FROM hub.aside a;

-- The next bundle takes these up again, and is due: those that still may be told. Which they are.
CREATE OR REPLACE FUNCTION hub.try_again(asides bigint[], at timestamptz) RETURNS SETOF hub.aside LANGUAGE sql AS $$
    WITH chosen AS MATERIALIZED (
        SELECT a.* FROM hub.aside a
        JOIN hub.thing t ON t.what = a.what AND t.trade_hash = a.trade_hash AND t.row_id = a.row_id AND t.stands
        WHERE a.aside_id = ANY (asides) AND a.state IN ('aside', 'waiting', 'dropped')
          AND (a.what <> 'trade' OR EXISTS (SELECT 1 FROM hub.trade m WHERE m.trade_hash = a.trade_hash
                                            AND m.key_code = a.key_code AND m.order_no = a.order_no AND m.verdict = 'matched'))
    ), done AS (
        UPDATE hub.aside a SET state = 'again', ended_at = at FROM chosen c
        WHERE a.trade_hash = c.trade_hash AND a.aside_id = c.aside_id
    ), let_go AS (
        UPDATE hub.ready r SET held = false FROM chosen c
        WHERE r.held AND r.agency = c.agency AND r.what = c.what AND r.trade_hash = c.trade_hash AND r.order_row = c.row_id
    ), ready AS (
        INSERT INTO hub.ready (agency, what, trade_hash, key_code, order_no, order_row)
        SELECT DISTINCT c.agency, c.what, c.trade_hash, c.key_code, c.order_no, c.row_id FROM chosen c
        WHERE NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = c.agency AND r.what = c.what
                          AND r.trade_hash = c.trade_hash AND r.order_row = c.row_id)
    )
    SELECT * FROM chosen
$$;
