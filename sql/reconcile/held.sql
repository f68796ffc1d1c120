-- What was held because something else must come first, and that has come: looked at after each
-- reconcile and after receipts. Each kind of thing says what it waits for:
--   trade      its list's withdrawal, where one is under way; and one of its kinds may go now: those before it are
--              accepted (hub.message_rule.after), where the agency asks for that: setting hub.in_order (agencies,
--              comma-separated)
--   void       the list to withdraw has its number (X-19, M-18). It ends where no list stands, and is a person's where
--              the list is over there
--   departure  each of its waybills is on a declared list that was not refused (X-15); it waits again when one is
--   return     the list the goods went out or came in with has its number (X-27, M-19), and has as much of each line
-- A list that stands: the newest version that was not refused, unless it was withdrawn.
CREATE TEMP TABLE voids_now ON COMMIT DROP AS
SELECT r.agency, r.subject_hash, r.issuer, r.number, count(l.guid) AS lists, bool_or(l.closed) AS closed, max(l.invt_no) AS invt_no
FROM hub.ready r
LEFT JOIN LATERAL (
    SELECT * FROM (
        SELECT DISTINCT ON (coalesce(d.first_guid, d.guid)) d.guid, d.state, d.closed, d.invt_no
        FROM hub.document d
        JOIN hub.bundle b ON b.bundle_id = d.bundle_id AND b.agency = r.agency
        JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
        WHERE d.subject_hash = r.subject_hash AND o.issuer = r.issuer AND o.order_no = r.number
          AND d.kind IN (SELECT withdraws FROM hub.receipt_kind) AND d.state IS DISTINCT FROM 'refused'
        ORDER BY coalesce(d.first_guid, d.guid), d.version DESC) d
    WHERE d.state IS DISTINCT FROM 'withdrawn') l ON true
WHERE r.what = 'void'
GROUP BY r.agency, r.subject_hash, r.issuer, r.number;

DELETE FROM hub.ready r USING voids_now v
WHERE v.lists = 0 AND r.what = 'void' AND r.agency = v.agency AND r.subject_hash = v.subject_hash AND r.issuer = v.issuer
  AND r.number = v.number;

SELECT hub.break_closed(array_agg(subject_hash), array_agg(issuer), array_agg(number), array_agg(invt_no))
FROM voids_now WHERE closed HAVING count(*) > 0;

UPDATE hub.ready r SET held = false
WHERE held AND CASE what
    WHEN 'trade' THEN (
        SELECT d.guid FROM hub.document d JOIN hub.receipt_kind k ON k.answers = d.kind AND k.withdraws IS NOT NULL
        JOIN hub.bundle b ON b.bundle_id = d.bundle_id
        WHERE d.subject_hash = r.subject_hash AND b.agency = r.agency AND (d.state IS NULL OR d.state IN ('progress', 'human'))
        LIMIT 1) IS NULL
        AND (agency <> ALL (string_to_array(current_setting('hub.in_order'), ',')) OR EXISTS (
        SELECT 1 FROM hub.trade_order o
        JOIN hub.message_rule m ON m.what = 'trade' AND m.folder IN ('', hub.folder_of(r.agency)) AND m.trade_mode = o.trade_mode AND m.after <> '{}'
                               AND m.ie_flag = CASE o.order_type WHEN 'I' THEN 'I' ELSE 'E' END
        WHERE o.subject_hash = r.subject_hash AND o.row_id = r.row_id AND o.current
          AND NOT EXISTS (SELECT 1 FROM hub.document d
                          JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row AND w.current
                          WHERE d.subject_hash = r.subject_hash AND d.order_row = r.row_id AND d.kind = m.kind)
          AND NOT EXISTS (SELECT 1 FROM unnest(m.after) a
                          WHERE NOT EXISTS (SELECT 1 FROM hub.accepted d
                                            WHERE d.subject_hash = r.subject_hash AND d.kind = a AND d.agency = r.agency
                                              AND (d.order_row = r.row_id OR d.issuer = r.issuer AND d.order_no = r.number)))))
    WHEN 'void' THEN EXISTS (
        SELECT 1 FROM voids_now v
        WHERE v.agency = r.agency AND v.subject_hash = r.subject_hash AND v.issuer = r.issuer AND v.number = r.number
          AND v.invt_no IS NOT NULL)
    WHEN 'return' THEN hub.can_return(r.subject_hash, r.issuer, r.number, r.row_id)
    END;

UPDATE hub.ready r SET held = NOT held
WHERE what = 'departure' AND held = NOT EXISTS (
        SELECT 1 FROM hub.departure_item i
        WHERE i.subject_hash = r.subject_hash AND i.row_id = r.row_id
          AND NOT EXISTS (SELECT 1 FROM hub.waybill w
                          JOIN hub.document d ON d.subject_hash = w.subject_hash
                                             AND hub.lists_waybill(d.subject_hash, d.bundle_id, d.order_row, d.waybill_row, w.row_id)
                                             AND d.kind = 'CEB603' AND d.state IS DISTINCT FROM 'refused'
                                             AND d.state IS DISTINCT FROM 'withdrawn'
                          WHERE hashtextextended(w.part_key, 0) = hashtextextended(r.issuer || '/' || i.logistics_no, 0)
                            AND w.part_key = r.issuer || '/' || i.logistics_no
                            AND NOT EXISTS (SELECT 1 FROM hub.document n
                                            WHERE n.subject_hash = d.subject_hash AND n.first_guid = coalesce(d.first_guid, d.guid)
                                              AND n.version > d.version AND n.state IS DISTINCT FROM 'refused')));

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
