-- A trade's waybills. Parameters $1 subject_hash, $2 issuer, $3 order_no
SELECT w.logistics_no AS waybill, w.logistics_name AS carrier,
       row_number() OVER (PARTITION BY w.part_key ORDER BY b.upload_id, b.item, w.line) AS version,
       w.current,
       hub.batch_name(w.batch_id) AS batch, b.party AS partner, b.name AS file,
       CASE WHEN b.files > 1 THEN b.entry END AS entry, w.line, w.app_type,
       w.ie_date, w.country, w.gross_weight, w.net_weight, b.archived
FROM hub.waybill w LEFT JOIN hub.batch b USING (batch_id)
WHERE w.subject_hash = $1::bigint AND w.issuer = $2 AND w.order_no = $3 ORDER BY w.part_key, version
