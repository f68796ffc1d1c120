-- A trade's payments. Parameters $1 subject_hash, $2 issuer, $3 order_no
SELECT p.pay_no AS payment, p.pay_name AS institution,
       row_number() OVER (PARTITION BY p.part_key ORDER BY b.upload_id, b.item, p.line) AS version,
       p.current,
       hub.batch_name(p.batch_id) AS batch, b.party AS partner, b.name AS file,
       CASE WHEN b.files > 1 THEN b.entry END AS entry, p.line, p.app_type,
       p.charge, p.currency, p.accounting_date, b.archived
FROM hub.payment p LEFT JOIN hub.batch b USING (batch_id)
WHERE p.subject_hash = $1::bigint AND p.issuer = $2 AND p.order_no = $3 ORDER BY p.part_key, version
