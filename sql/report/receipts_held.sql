-- Receipts that wait for a person, oldest first, and what to type.
SELECT b.party AS agency, hub.batch_name(r.batch_id) AS batch, r.line, r.kind,
       coalesce(r.order_no, r.pay_no, r.logistics_no, r.invt_no, r.cop_no, r.number, r.file_name) AS number, r.return_status AS status,
       r.return_time AS time, r.code, m.kind AS message_kind, m.documents, bu.name AS bundle,
       CASE WHEN r.code = 'E6002' AND m.guid IS NOT NULL THEN 'landport bundle resend ' || regexp_replace(m.name, '^.*/', '') || ' --reason "…"'
            WHEN r.code IN ('E6001', 'E6003') THEN
                CASE r.code WHEN 'E6001' THEN 'a line of receipt_kind.tsv that says what ' || coalesce(r.kind, 'it') || ' answers'
                ELSE 'a line of return_code.tsv that says what ' || coalesce(r.return_status, 'no status') || ' means in ' || r.kind END
                || ', then landport init and landport batch rerun ' || hub.batch_name(r.batch_id) || ' --reason "…"'
            WHEN r.code = 'E6069' THEN 'when that time has come landport batch rerun ' || hub.batch_name(r.batch_id) || ' --reason "…"'
            ELSE 'landport batch close ' || hub.batch_name(r.batch_id) || ' --reason "…"' END AS next,
       NULL::text AS want
FROM hub.receipt r
JOIN hub.batch b USING (batch_id)
LEFT JOIN hub.message m ON m.guid = r.message_guid
LEFT JOIN hub.bundle bu ON bu.bundle_id = m.bundle_id
WHERE r.effect = 'held' AND r.cleared_at IS NULL ORDER BY r.row_id LIMIT 100
