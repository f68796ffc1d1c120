-- CEB505 物流运单: the waybill of each trade.
-- Sections and parameters as in ceb303.sql. Source: ceb-messages, CEB505Message; rule X-05 (the
-- consignor is the order's)

-- documents
-- What was declared and says the same is named as it was: it is not sent again because another part of its trade changed.
SELECT r.subject_hash, r.issuer, r.order_no AS number, w.part_key, coalesce(was.order_row, r.order_row) AS order_row,
       NULL::bigint AS payment_row, coalesce(was.row_id, w.row_id) AS waybill_row,
       NULL::bigint AS source_row, NULL::bigint AS content, w.currency, w.freight AS amount
FROM ready_now r
JOIN hub.waybill w USING (subject_hash, issuer, order_no)
LEFT JOIN (SELECT v.*, d.order_row, k.ebc_code AS of_ebc_code, k.ebc_name AS of_ebc_name
           FROM declared d
           JOIN hub.waybill v ON v.subject_hash = d.subject_hash AND v.row_id = d.waybill_row
           JOIN hub.trade_order k ON k.subject_hash = d.subject_hash AND k.row_id = d.order_row
           WHERE d.kind = 'CEB505' AND d.state IS DISTINCT FROM 'refused') was
       ON was.subject_hash = r.subject_hash AND was.part_key = w.part_key
      AND (was.logistics_name, was.freight, was.insured_fee, was.currency, was.gross_weight, was.pack_no, was.goods_info, was.ebc_telephone, was.note)
          IS NOT DISTINCT FROM (w.logistics_name, w.freight, w.insured_fee, w.currency, w.gross_weight, w.pack_no, w.goods_info, w.ebc_telephone, w.note)
      AND (was.of_ebc_code, was.of_ebc_name) IS NOT DISTINCT FROM (r.ebc_code, r.ebc_name)
WHERE w.current AND w.app_type <> '3' AND 'CEB505' = ANY (r.kinds)

-- include: base_transfer.sql

-- level: Logistics
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       w.logistics_code, w.logistics_name, w.logistics_no, w.freight, w.insured_fee, w.currency,
       w.gross_weight, w.pack_no, w.goods_info, o.ebc_code, o.ebc_name, w.ebc_telephone, w.note
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB505'
ORDER BY d.doc_no
