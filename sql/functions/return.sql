-- return: what returns take.

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
