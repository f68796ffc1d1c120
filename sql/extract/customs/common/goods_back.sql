-- goods_back: goods come back by the number of the list they went out or came in with, and no more of each line than was on it
-- (X-27, M-19). What was let go once stays so.

-- held
-- May go: the list its goods were on stands and has its number, they come from where they went to, and of each of its lines no more
-- comes back than was on it.
SELECT t.subject_hash, t.row_id
FROM things_now t
WHERE t.what = 'return' AND t.held AND NOT EXISTS (
    SELECT 1
    FROM (SELECT d.order_row, d.state FROM hub.document d
          JOIN hub.bundle s ON s.bundle_id = d.bundle_id AND s.agency = (SELECT current_setting('hub.agency'))
          JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
          WHERE d.subject_hash = t.subject_hash AND o.issuer = t.issuer AND o.order_no = t.number AND d.invt_no IS NOT NULL
            AND d.kind IN (SELECT withdraws FROM hub.receipt_kind) AND d.state IS DISTINCT FROM 'refused'
          ORDER BY d.bundle_id DESC LIMIT 1) l
    JOIN hub.trade_order b ON b.subject_hash = t.subject_hash AND b.row_id = l.order_row
    JOIN hub.goods_return g ON g.subject_hash = t.subject_hash AND g.row_id = t.row_id
    WHERE l.state IS DISTINCT FROM 'withdrawn'
      AND (b.order_type = 'I' OR g.country IS NULL OR g.country = b.country)
      AND NOT EXISTS (
          SELECT 1
          FROM hub.return_item r
          LEFT JOIN hub.order_item i ON i.subject_hash = r.subject_hash AND i.row_id = l.order_row AND i.gnum = r.gnum
          CROSS JOIN LATERAL (
              SELECT sum(c.qty) AS qty, sum(c.qty1) AS qty1, sum(c.qty2) AS qty2 FROM hub.return_counted c
              WHERE c.subject_hash = r.subject_hash AND c.issuer = t.issuer AND c.order_no = t.number AND c.gnum = r.gnum) c
          WHERE r.subject_hash = t.subject_hash AND r.row_id = t.row_id
            AND (i.gnum IS NULL OR c.qty > i.qty OR c.qty1 > i.qty1 OR c.qty2 > i.qty2)))
