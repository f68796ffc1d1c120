-- CEB625 退货申请单（进口）: goods a buyer gives back, by the numbers and names of the list they were on.
-- Sections and parameters as in ceb303.sql. copNo is the guid without its hyphens (of a change that of what it changes), cut to 20.
-- Source: ceb-messages, CEB625Message; rule M-19

-- answered
-- What a buyer gives back, his quota gets back.
SELECT hub.settle_quota(array_agg(DISTINCT subject_hash)) FROM answered_now WHERE kind = (SELECT current_setting('hub.kind')) HAVING count(*) > 0

-- documents
-- order_row and waybill_row are those of the list the goods were on.
SELECT t.subject_hash, t.issuer, t.number, r.part_key, l.order_row, NULL::bigint AS payment_row,
       l.waybill_row, r.row_id AS source_row, r.digest AS content, NULL::text AS currency, NULL::numeric AS amount
FROM things_now t
JOIN hub.goods_return r ON r.subject_hash = t.subject_hash AND r.row_id = t.row_id
CROSS JOIN LATERAL (
    SELECT l.order_row, l.waybill_row
    FROM hub.document l
    JOIN hub.bundle b USING (bundle_id)
    JOIN hub.trade_order o ON o.subject_hash = l.subject_hash AND o.row_id = l.order_row
    WHERE l.subject_hash = t.subject_hash AND o.issuer = t.issuer AND o.order_no = t.number
      AND l.kind = 'CEB621' AND l.invt_no IS NOT NULL AND l.state IS DISTINCT FROM 'refused'
      AND l.state IS DISTINCT FROM 'withdrawn' AND b.agency = (SELECT current_setting('hub.agency'))
    ORDER BY l.version DESC LIMIT 1) l
WHERE t.what = 'return' AND r.current

-- include: goods_back.sql
-- include: base_transfer.sql

-- level: InvtRefund/InvtRefundHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       (SELECT current_setting('hub.customs')) AS customs_code, o.order_no, o.ebp_code, o.ebp_name, o.ebc_code, o.ebc_name,
       r.logistics_no, r.logistics_code, r.logistics_name,
       left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 20) AS cop_no, d.told_pre_no AS pre_no, l.invt_no,
       o.buyer_id_type, o.buyer_id_number, o.buyer_name, o.buyer_telephone,
       (SELECT current_setting('hub.declarant_code')) AS agent_code,
       (SELECT current_setting('hub.declarant_name')) AS agent_name,
       r.reason
FROM hub.document d
JOIN hub.goods_return r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.bundle b ON b.bundle_id = d.bundle_id
CROSS JOIN LATERAL (SELECT l.invt_no FROM hub.numbered l
                    WHERE l.agency = b.agency AND l.subject_hash = d.subject_hash AND l.order_row = d.order_row AND l.kind = 'CEB621'
                      AND l.waybill_row = d.waybill_row AND l.bundle_id < d.bundle_id
                    ORDER BY l.version DESC LIMIT 1) l
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB625'
ORDER BY d.doc_no

-- level: InvtRefund/InvtRefundList
SELECT d.doc_no, r.gnum, i.gcode, coalesce(i.gname, i.item_name) AS gname, r.qty, i.unit, r.note
FROM hub.document d
JOIN hub.return_item r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row
JOIN hub.order_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.order_row AND i.gnum = r.gnum
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB625'
ORDER BY d.doc_no, r.gnum
