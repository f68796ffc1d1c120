-- What stands at the agency decides what may go. Takes declared, ready_now, things_now. Setting hub.agency
-- Leaves  closed_now: trades whose list is over there and would change, not in ready_now, with the agency
--         stale_now: reports that presume what is not so any more, not in things_now; reconcile thinks about them anew

-- Of a part the newest document that was not refused says what stands over there. What was told once may be sent again as it is.
-- A look-up each (OFFSET 0).
CREATE TEMP TABLE stale_now ON COMMIT DROP AS
SELECT t.what, t.subject_hash, t.row_id
FROM things_now t
CROSS JOIN LATERAL (SELECT * FROM hub.report r WHERE r.subject_hash = t.subject_hash AND r.row_id = t.row_id AND r.of_part IS NOT NULL OFFSET 0) r
LEFT JOIN LATERAL (
    SELECT CASE WHEN d.state IS DISTINCT FROM 'withdrawn' AND NOT p.takes_back THEN p.row_id END AS row_id
    FROM hub.document d JOIN hub.report p ON p.subject_hash = d.subject_hash AND p.row_id = d.source_row
    WHERE d.subject_hash = r.subject_hash AND d.kind = r.kind AND p.agency = r.agency AND p.issuer = r.issuer AND p.number = r.number
      AND p.part_no = r.of_part AND d.state IS DISTINCT FROM 'refused'
    ORDER BY d.version DESC LIMIT 1 OFFSET 0) s ON true
WHERE t.what LIKE 'report %' AND s.row_id IS DISTINCT FROM r.of_row
  AND NOT EXISTS (SELECT 1 FROM hub.document d WHERE d.subject_hash = r.subject_hash AND d.source_row = r.row_id AND d.kind = r.kind);
DELETE FROM things_now t USING stale_now s WHERE t.what = s.what AND t.subject_hash = s.subject_hash AND t.row_id = s.row_id;

-- A list that is over there is not changed behind anybody's back: its trade is broken (hub.break_closed).
CREATE TEMP TABLE closed_now ON COMMIT DROP AS
SELECT (SELECT current_setting('hub.agency')) AS agency, r.subject_hash, r.issuer, r.order_no, max(d.invt_no) AS invt_no
FROM declared d JOIN ready_now r USING (subject_hash)
CROSS JOIN LATERAL (SELECT (array_agg(w.row_id ORDER BY w.part_key))[1] AS first_row,
                           hub.list_content(count(*), bit_xor(hashint8extended(w.row_id, 0)), d.order_row) AS content
                    FROM hub.waybill w
                    WHERE d.closed AND w.subject_hash = r.subject_hash AND w.issuer = r.issuer AND w.order_no = r.order_no
                      AND w.current AND w.app_type <> '3') w
WHERE d.closed AND d.stands AND NOT d.resend AND d.kind IN (SELECT withdraws FROM hub.receipt_kind)
  AND (d.order_row <> r.order_row OR d.waybill_row IS DISTINCT FROM w.first_row OR d.content IS DISTINCT FROM w.content)
GROUP BY r.subject_hash, r.issuer, r.order_no;
DELETE FROM ready_now r USING closed_now c
WHERE r.subject_hash = c.subject_hash AND r.issuer = c.issuer AND r.order_no = c.order_no;

-- While a withdrawal is under way nobody knows whether its list is there to be changed.
UPDATE ready_now r SET kinds = array_remove(r.kinds, w.withdraws), waits = true
FROM (SELECT d.subject_hash, k.withdraws FROM declared d JOIN hub.receipt_kind k ON k.answers = d.kind AND k.withdraws IS NOT NULL
      WHERE d.state IS NULL OR d.state IN ('progress', 'human')) w
WHERE w.subject_hash = r.subject_hash AND w.withdraws = ANY (r.kinds)
