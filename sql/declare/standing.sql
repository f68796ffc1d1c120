-- What stands at the agency decides what may go. Takes declared, ready_now. Setting hub.agency
-- Leaves  closed_now: trades whose list is over there and would change, not in ready_now

-- A list that is over there is not changed behind anybody's back: its trade is broken (hub.break_closed).
CREATE TEMP TABLE closed_now ON COMMIT DROP AS
SELECT r.subject_hash, r.issuer, r.order_no, max(d.invt_no) AS invt_no
FROM declared d JOIN ready_now r USING (subject_hash)
WHERE d.closed AND d.stands AND NOT d.resend AND d.kind IN (SELECT withdraws FROM hub.receipt_kind)
  AND (hub.list_differs(d.subject_hash, r.issuer, r.order_no, d.order_row, d.waybill_row, r.order_row)
       OR d.content IS DISTINCT FROM hub.list_content(d.subject_hash, r.issuer, r.order_no, d.order_row))
GROUP BY r.subject_hash, r.issuer, r.order_no;
DELETE FROM ready_now r USING closed_now c
WHERE r.subject_hash = c.subject_hash AND r.issuer = c.issuer AND r.order_no = c.order_no;

-- While a withdrawal is under way nobody knows whether its list is there to be changed.
UPDATE ready_now r SET kinds = array_remove(r.kinds, w.withdraws), waits = true
FROM (SELECT d.subject_hash, k.withdraws FROM declared d JOIN hub.receipt_kind k ON k.answers = d.kind AND k.withdraws IS NOT NULL
      WHERE d.state IS NULL OR d.state IN ('progress', 'human')) w
WHERE w.subject_hash = r.subject_hash AND w.withdraws = ANY (r.kinds)
