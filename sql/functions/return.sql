-- return: what returns take, and which may go.

-- What returns take of an order's lines: each return as it was reported last, unless an agency refused that; one that was voided, or
-- whose change was refused, as it stands at an agency, if it does.
CREATE OR REPLACE VIEW hub.return_counted AS
SELECT g.subject_hash, g.issuer, g.order_no, g.part_key, g.row_id, g.batch_id, i.gnum, i.qty, i.qty1, i.qty2
FROM hub.goods_return g
JOIN hub.return_item i ON i.subject_hash = g.subject_hash AND i.row_id = g.row_id
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(d.state = 'refused'), false) AS refused,
           coalesce(bool_or(d.state IS DISTINCT FROM 'refused' AND NOT EXISTS (
               SELECT 1 FROM hub.document n
               WHERE n.subject_hash = d.subject_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version
                 AND n.state IS DISTINCT FROM 'refused')), false) AS stands
    FROM hub.document d
    WHERE d.subject_hash = g.subject_hash AND d.source_row = g.row_id
      AND d.kind IN (SELECT kind FROM hub.asked_message WHERE what = 'return')) d
WHERE CASE WHEN g.current AND g.app_type <> '3' THEN d.stands OR NOT d.refused
           ELSE d.stands AND EXISTS (
               SELECT 1 FROM hub.goods_return c
               WHERE c.subject_hash = g.subject_hash AND c.issuer = g.issuer AND c.order_no = g.order_no AND c.part_key = g.part_key
                 AND c.current AND c.row_id <> g.row_id
                 AND (c.app_type = '3' OR EXISTS (SELECT 1 FROM hub.document r
                                                  WHERE r.subject_hash = c.subject_hash AND r.source_row = c.row_id AND r.state = 'refused'
                                                    AND r.kind IN (SELECT kind FROM hub.asked_message WHERE what = 'return')))) END;

-- May a return go: the list its goods were on stands and has its number, they come from where they went to, and of each of its lines
-- no more comes back than was on it.
CREATE OR REPLACE FUNCTION hub.can_return(trade bigint, key text, number text, return_row bigint) RETURNS boolean LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (
        SELECT 1
        FROM (SELECT d.order_row, d.state FROM hub.document d
              JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
              WHERE d.subject_hash = trade AND o.issuer = key AND o.order_no = number AND d.invt_no IS NOT NULL
                AND d.kind IN (SELECT withdraws FROM hub.receipt_kind) AND d.state IS DISTINCT FROM 'refused'
              ORDER BY d.bundle_id DESC LIMIT 1) l
        JOIN hub.trade_order b ON b.subject_hash = trade AND b.row_id = l.order_row
        JOIN hub.goods_return g ON g.subject_hash = trade AND g.row_id = return_row
        WHERE l.state IS DISTINCT FROM 'withdrawn'
          AND (b.order_type = 'I' OR g.country IS NULL OR g.country = b.country)
          AND NOT EXISTS (
              SELECT 1
              FROM hub.return_item r
              LEFT JOIN hub.order_item i ON i.subject_hash = r.subject_hash AND i.row_id = l.order_row AND i.gnum = r.gnum
              CROSS JOIN LATERAL (
                  SELECT sum(c.qty) AS qty, sum(c.qty1) AS qty1, sum(c.qty2) AS qty2 FROM hub.return_counted c
                  WHERE c.subject_hash = r.subject_hash AND c.issuer = key AND c.order_no = number AND c.gnum = r.gnum) c
              WHERE r.subject_hash = trade AND r.row_id = return_row
                AND (i.gnum IS NULL OR c.qty > i.qty OR c.qty1 > i.qty1 OR c.qty2 > i.qty2)))
$$;
