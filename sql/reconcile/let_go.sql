-- What waits no longer goes, what must wait again is held. Of a thing that none of the agency's kinds asks for nothing changes.
-- Of a trade: the withdrawal of its list, where one is under way, must have come to an end. Of one that a bundle took in part, where the agency
-- asks for an order (hub.asked_message.after), one of the kinds that stayed behind may go now: those before it are accepted.
-- Takes held_now, asked_now, waits_now, voids_now. Settings hub.in_order (agencies, comma-separated), hub.closing
UPDATE hub.ready r SET held = false, waits = false
FROM held_now h
WHERE r.held AND r.agency = h.agency AND r.what = h.what AND r.subject_hash = h.subject_hash AND r.row_id = h.row_id
  AND NOT EXISTS (SELECT 1 FROM waits_now w
                  WHERE w.agency = r.agency AND w.what = r.what AND w.subject_hash = r.subject_hash AND w.row_id = r.row_id)
  AND CASE r.what
    WHEN 'trade' THEN (
        SELECT d.guid FROM hub.document d JOIN hub.receipt_kind k ON k.answers = d.kind AND k.withdraws IS NOT NULL
        JOIN hub.bundle b ON b.bundle_id = d.bundle_id
        WHERE d.subject_hash = r.subject_hash AND b.agency = r.agency AND (d.state IS NULL OR d.state IN ('progress', 'human'))
        LIMIT 1) IS NULL
        AND (NOT r.waits OR r.agency <> ALL (string_to_array((SELECT current_setting('hub.in_order')), ',')) OR EXISTS (
        SELECT 1 FROM hub.trade_order o
        LEFT JOIN hub.asked_mode n ON n.trade_mode = o.trade_mode
        JOIN asked_now m ON m.agency = r.agency AND m.what = 'trade' AND m.trade_mode = coalesce(n.trade_mode, '')
                        AND m.ie_flag = CASE o.order_type WHEN 'I' THEN 'I' ELSE 'E' END
                        AND (m.after <> '{}' OR m.kind IN (SELECT k.withdraws FROM hub.receipt_kind k))
        WHERE o.subject_hash = r.subject_hash AND o.row_id = r.row_id AND o.current
          AND NOT EXISTS (SELECT 1 FROM hub.document d
                          JOIN hub.bundle b ON b.bundle_id = d.bundle_id AND b.agency = r.agency
                          LEFT JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row
                          WHERE d.subject_hash = r.subject_hash AND d.order_row = r.row_id AND d.kind = m.kind AND w.current IS NOT FALSE)
          AND NOT EXISTS (SELECT 1 FROM unnest(m.after) a
                          WHERE NOT EXISTS (SELECT 1 FROM hub.accepted d
                                            WHERE d.subject_hash = r.subject_hash AND d.kind = a AND d.agency = r.agency
                                              AND (d.order_row = r.row_id OR d.issuer = r.issuer AND d.order_no = r.number)))))
    -- one that none of them tells waits for that: hub.untold_void
    WHEN 'void' THEN NOT EXISTS (
        SELECT 1 FROM hub.untold_void u
        WHERE u.agency = r.agency AND u.what = 'void' AND u.subject_hash = r.subject_hash AND u.issuer = r.issuer AND u.order_no = r.number)
    ELSE EXISTS (SELECT 1 FROM asked_now a WHERE a.agency = r.agency AND a.what = r.what)
    END;

ANALYZE waits_now; -- mostly empty, which nothing else says: all that is ready would be sorted for the join
UPDATE hub.ready r SET held = true
FROM waits_now w
WHERE NOT r.held AND r.agency = w.agency AND r.what = w.what AND r.subject_hash = w.subject_hash AND r.row_id = w.row_id;

-- Returns that wait for their order, or for another one: hub.return_wait
CREATE TEMP TABLE returns_now ON COMMIT DROP AS
SELECT DISTINCT ON (g.subject_hash, g.row_id) g.subject_hash, g.row_id, g.issuer, g.order_no, g.part_key, b.party, v.code,
       concat_ws(' ', g.part_key, v.seen) AS seen, v.want
FROM hub.ready r
JOIN hub.goods_return g ON g.subject_hash = r.subject_hash AND g.row_id = r.row_id AND g.current
JOIN hub.batch b ON b.batch_id = g.batch_id
LEFT JOIN LATERAL (SELECT * FROM hub.trade_order o
                   WHERE o.subject_hash = g.subject_hash AND o.issuer = g.issuer AND o.order_no = g.order_no
                     AND o.current AND o.app_type <> '3' OFFSET 0) o ON true
LEFT JOIN LATERAL (
    SELECT n.gnum, i.qty
    FROM hub.return_item n
    LEFT JOIN hub.order_item i ON i.subject_hash = n.subject_hash AND i.row_id = o.row_id AND i.gnum = n.gnum
    CROSS JOIN LATERAL (
        SELECT sum(c.qty) AS qty, sum(c.qty1) AS qty1, sum(c.qty2) AS qty2 FROM hub.return_counted c
        WHERE c.subject_hash = n.subject_hash AND c.issuer = g.issuer AND c.order_no = g.order_no AND c.gnum = n.gnum) c
    WHERE n.subject_hash = g.subject_hash AND n.row_id = g.row_id AND (i.gnum IS NULL OR c.qty > i.qty OR c.qty1 > i.qty1 OR c.qty2 > i.qty2)
    ORDER BY n.gnum LIMIT 1) l ON true
CROSS JOIN LATERAL (VALUES
    (1, o.row_id IS NULL, 'E5112', NULL, g.order_no),
    (2, l.gnum IS NOT NULL, 'E5113', 'gnum ' || l.gnum, coalesce(trim_scale(l.qty)::text, '0')),
    (3, o.order_type <> 'I' AND g.country <> o.country, 'E5114', g.country, o.country)
) v (nth, waits, code, seen, want)
WHERE r.what = 'return' AND r.held AND v.waits
ORDER BY g.subject_hash, g.row_id, v.nth;
DELETE FROM hub.return_wait w
WHERE NOT EXISTS (SELECT 1 FROM returns_now n WHERE n.subject_hash = w.subject_hash AND n.row_id = w.row_id
                  AND (n.code, n.seen, n.want) = (w.code, w.seen, w.want));
INSERT INTO hub.return_wait (subject_hash, row_id, issuer, order_no, part_key, party, code, seen, want, since)
SELECT subject_hash, row_id, issuer, order_no, part_key, party, code, seen, want, now() FROM returns_now
ON CONFLICT DO NOTHING
