-- CEB605 撤销申请单: the withdrawal of a list whose trade was voided, once the list has its number.
-- Sections and parameters as in ceb303.sql. copNo is the guid without its hyphens (of a change that of what it changes), cut to 30; the reason is the
-- note of the file that voided the order.
-- Source: ceb-messages, CEB605Message; rule X-19

-- documents
-- A list that was refused needs none; a change that was refused leaves the list it would have changed.
-- order_row and waybill_row are those of the list, source_row that of the row that voided it; its number is the part.
SELECT t.subject_hash, t.issuer, t.number, l.invt_no AS part_key, l.order_row, NULL::bigint AS payment_row,
       l.waybill_row, t.row_id AS source_row, NULL::bigint AS content, NULL::text AS currency, NULL::numeric AS amount
FROM things_now t
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (l.first) l.order_row, l.waybill_row, l.invt_no, l.state, l.closed
    FROM (SELECT coalesce(l.first_guid, l.guid) AS first, l.* FROM hub.document l
          JOIN hub.bundle b USING (bundle_id)
          JOIN hub.trade_order o ON o.subject_hash = l.subject_hash AND o.row_id = l.order_row
          WHERE l.subject_hash = t.subject_hash AND o.issuer = t.issuer AND o.order_no = t.number
            AND l.kind = 'CEB603' AND l.state IS DISTINCT FROM 'refused'
            AND b.agency = (SELECT current_setting('hub.agency'))) l
    ORDER BY l.first, l.version DESC) l
WHERE t.what = 'void' AND l.invt_no IS NOT NULL AND l.state IS DISTINCT FROM 'withdrawn' AND l.closed IS NOT TRUE

-- include: list_number.sql
-- include: base_transfer.sql

-- level: InvtCancel
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       (SELECT current_setting('hub.customs')) AS customs_code, left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 30) AS cop_no, d.told_pre_no AS pre_no,
       l.invt_no, coalesce(v.note, '订单取消') AS reason,
       (SELECT current_setting('hub.declarant_code')) AS agent_code,
       (SELECT current_setting('hub.declarant_name')) AS agent_name,
       o.ebc_code, o.ebc_name
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.bundle b ON b.bundle_id = d.bundle_id
CROSS JOIN LATERAL (SELECT l.invt_no FROM hub.numbered l
                    WHERE l.agency = b.agency AND l.subject_hash = d.subject_hash AND l.order_row = d.order_row AND l.kind = 'CEB603'
                      AND l.waybill_row = d.waybill_row AND l.bundle_id < d.bundle_id
                    ORDER BY l.version DESC LIMIT 1) l
JOIN hub.trade_order v ON v.subject_hash = d.subject_hash AND v.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB605'
ORDER BY d.doc_no
