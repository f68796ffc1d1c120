-- list_number: a withdrawal names the list by the number it has over there, so it waits for that (X-19, M-18).

-- held
SELECT t.subject_hash, t.row_id
FROM things_now t
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (coalesce(l.first_guid, l.guid)) l.state, l.invt_no
    FROM hub.document l
    JOIN hub.bundle b ON b.bundle_id = l.bundle_id AND b.agency = (SELECT current_setting('hub.agency'))
    JOIN hub.trade_order o ON o.subject_hash = l.subject_hash AND o.row_id = l.order_row
    WHERE l.subject_hash = t.subject_hash AND o.issuer = t.issuer AND o.order_no = t.number
      AND l.kind IN (SELECT withdraws FROM hub.receipt_kind WHERE answers = (SELECT current_setting('hub.kind')))
      AND l.state IS DISTINCT FROM 'refused'
    ORDER BY coalesce(l.first_guid, l.guid), l.version DESC) l
WHERE t.what = 'void' AND l.state IS DISTINCT FROM 'withdrawn'
GROUP BY t.subject_hash, t.row_id
HAVING count(l.invt_no) = 0
