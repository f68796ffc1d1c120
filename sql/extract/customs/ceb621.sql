-- CEB621 进口清单: the declaration of each import trade, from its order and waybill.
-- Sections and parameters as in ceb303.sql. copNo is the guid without its hyphens (of a change that of what it changes), cut to 20.
-- Source: ceb-messages, CEB621Message; rules M-05 to M-11, M-16, M-17

-- closed
-- Lists of a bundle that is closed use their buyers' quota.
SELECT hub.settle_quota(array_agg(subject_hash))
FROM (SELECT DISTINCT subject_hash FROM hub.document
      WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND kind = 'CEB621') d
HAVING count(*) > 0

-- answered
-- What is refused or withdrawn gives its buyer the quota back.
SELECT hub.settle_quota(array_agg(DISTINCT subject_hash)) FROM answered_now WHERE kind = (SELECT current_setting('hub.kind')) HAVING count(*) > 0

-- documents
SELECT DISTINCT ON (r.subject_hash, r.order_row)
       r.subject_hash, r.issuer, r.order_no AS number, ''::text AS part_key, r.order_row, NULL::bigint AS payment_row,
       w.row_id AS waybill_row, NULL::bigint AS source_row, NULL::bigint AS content,
       r.currency, r.goods_value AS amount
FROM ready_now r
JOIN hub.waybill w USING (subject_hash, issuer, order_no)
WHERE w.current AND w.app_type <> '3' AND 'CEB621' = ANY (r.kinds)
ORDER BY r.subject_hash, r.order_row, w.part_key

-- include: base_transfer.sql

-- level: Inventory/InventoryHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       o.order_no, o.ebp_code, o.ebp_name, o.ebc_code, o.ebc_name, w.logistics_no, w.logistics_code,
       w.logistics_name, left(upper(replace(coalesce(d.cop_guid, d.guid)::text, '-', '') COLLATE "C"), 20) AS cop_no, d.told_pre_no AS pre_no, d.told_invt_no AS invt_no,
       m.assure_code, m.ems_no, 'I' AS ie_flag, left((SELECT current_setting('hub.app_time')), 8) AS decl_time,
       (SELECT current_setting('hub.customs')) AS customs_code, w.port_code, w.ie_date,
       o.buyer_id_type, o.buyer_id_number, o.buyer_name, o.buyer_telephone, o.consignee_address,
       (SELECT current_setting('hub.declarant_code')) AS agent_code,
       (SELECT current_setting('hub.declarant_name')) AS agent_name,
       m.area_code, m.area_name, o.trade_mode, w.traf_mode, w.traf_name AS traf_no, w.voyage_no, w.bill_no,
       w.loct_no, m.license_no, w.country, w.freight, w.insured_fee, w.currency, w.wrap_type, w.pack_no,
       w.gross_weight, w.net_weight, o.note
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.import_order m ON m.subject_hash = d.subject_hash AND m.row_id = d.order_row
JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB621'
ORDER BY d.doc_no

-- level: Inventory/InventoryList
SELECT d.doc_no, i.gnum, m.item_record_no, i.item_no, i.item_name, i.gcode,
       coalesce(i.gname, i.item_name) AS gname, i.gmodel, coalesce(i.bar_code, '无') AS bar_code,
       m.origin_country AS country, m.trade_country, d.currency, i.qty, i.unit, i.qty1, i.unit1,
       i.qty2, i.unit2, i.price, i.total_price
FROM hub.document d
JOIN hub.order_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.order_row
JOIN hub.import_item m ON m.subject_hash = i.subject_hash AND m.row_id = i.row_id AND m.gnum = i.gnum
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB621'
ORDER BY d.doc_no, i.gnum
