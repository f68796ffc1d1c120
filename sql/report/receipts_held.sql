-- Receipts that wait for a person, oldest first, and what to type.
SELECT b.party AS agency, hub.batch_name(r.batch_id) AS batch, r.line, r.kind,
       coalesce(r.order_no, r.pay_no, r.logistics_no, r.invt_no, r.cop_no) AS number, r.return_status AS status,
       r.return_time AS time, r.code, m.kind AS message_kind, bu.name AS bundle,
       'landport batch close ' || hub.batch_name(r.batch_id) || ' --reason "…"' AS next, NULL::text AS want
FROM hub.receipt r
JOIN hub.batch b USING (batch_id)
LEFT JOIN hub.message m ON m.guid = r.message_guid
LEFT JOIN hub.bundle bu ON bu.bundle_id = m.bundle_id
WHERE r.effect = 'held' AND r.cleared_at IS NULL ORDER BY r.row_id LIMIT 100
