-- CEB513 物流运单状态: a waybill the consignee has signed for.
-- Sections and parameters as in ceb303.sql. Source: ceb-messages, CEB513Message

-- documents
SELECT t.subject_hash, t.issuer, t.number, s.logistics_status AS part_key, NULL::bigint AS order_row, NULL::bigint AS payment_row,
       NULL::bigint AS waybill_row,
       s.row_id AS source_row, s.digest AS content, NULL::text AS currency, NULL::numeric AS amount
FROM things_now t
JOIN hub.waybill_status s ON s.subject_hash = t.subject_hash AND s.row_id = t.row_id
WHERE t.what = 'status' AND s.current

-- include: base_transfer.sql

-- level: LogisticsStatus
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       s.logistics_code, s.logistics_name, s.logistics_no, s.logistics_status, s.logistics_time, s.note
FROM hub.document d
JOIN hub.waybill_status s ON s.subject_hash = d.subject_hash AND s.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB513'
ORDER BY d.doc_no
