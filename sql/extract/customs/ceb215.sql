-- CEB215 退货理货明细单: returned goods as the supervised site found them.
-- Sections and parameters as in ceb303.sql. coElNo is the guid without its hyphens (of a change that of what it changes), cut to 20.
-- Source: ceb-messages, CEB215Message

-- documents
SELECT t.subject_hash, t.issuer, t.number, ''::text AS part_key, NULL::bigint AS order_row, NULL::bigint AS payment_row,
       NULL::bigint AS waybill_row,
       y.row_id AS source_row, y.digest AS content, NULL::text AS currency, NULL::numeric AS amount
FROM things_now t
JOIN hub.tally y ON y.subject_hash = t.subject_hash AND y.row_id = t.row_id
WHERE t.what = 'tally' AND y.current

-- include: base_transfer.sql

-- level: InvtRefundDetail
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       (SELECT current_setting('hub.customs')) AS customs_code, y.operator_code, y.operator_name,
       y.logistics_code, y.logistics_name, y.logistics_no, y.invt_no,
       left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 20) AS co_el_no, d.told_pre_no AS pre_no, y.bill_no, 'I' AS ie_flag, y.traf_mode,
       y.traf_name, y.voyage_no, y.location, y.note
FROM hub.document d
JOIN hub.tally y ON y.subject_hash = d.subject_hash AND y.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB215'
ORDER BY d.doc_no
