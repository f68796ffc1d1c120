-- CEB711 入库明细单: what came into a supervised site. A message holds one document.
-- Sections and parameters as in ceb303.sql. copNo is the guid without its hyphens (of a change that of what it changes), cut to 20.
-- Source: ceb-messages, CEB711Message

-- documents
SELECT t.subject_hash, t.issuer, t.number, ''::text AS part_key, NULL::bigint AS order_row, NULL::bigint AS payment_row,
       NULL::bigint AS waybill_row,
       e.row_id AS source_row, e.digest AS content, NULL::text AS currency, NULL::numeric AS amount
FROM things_now t
JOIN hub.entry e ON e.subject_hash = t.subject_hash AND e.row_id = t.row_id
WHERE t.what = 'entry' AND e.current

-- include: base_transfer.sql

-- level: Delivery/DeliveryHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       (SELECT current_setting('hub.customs')) AS customs_code, left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 20) AS cop_no, d.told_pre_no AS pre_no,
       e.operator_code, e.operator_name, 'I' AS ie_flag, e.traf_mode, e.traf_no, e.voyage_no, e.bill_no,
       e.logistics_code, e.logistics_name, e.unload_location
FROM hub.document d
JOIN hub.entry e ON e.subject_hash = d.subject_hash AND e.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB711'
ORDER BY d.doc_no

-- level: Delivery/DeliveryList
SELECT d.doc_no, i.gnum, i.logistics_no, i.note
FROM hub.document d
JOIN hub.entry_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB711'
ORDER BY d.doc_no, i.gnum
