-- CEB311 电子订单（进口）: the order of each import trade, with the payment that pays it.
-- Sections and parameters as in ceb303.sql. Source: ceb-messages, CEB311Message; rules M-01 (acturalPaid), M-03, M-11

-- documents
SELECT r.subject_hash, r.issuer, r.order_no AS number, ''::text AS part_key, r.order_row, p.row_id AS payment_row,
       NULL::bigint AS waybill_row, NULL::bigint AS source_row, NULL::bigint AS content,
       r.currency, r.goods_value AS amount
FROM ready_now r
LEFT JOIN LATERAL (
    SELECT p.row_id FROM hub.payment p
    WHERE p.subject_hash = r.subject_hash AND p.issuer = r.issuer AND p.order_no = r.order_no
      AND p.current AND p.app_type <> '3'
    ORDER BY p.part_key LIMIT 1) p ON true
WHERE 'CEB311' = ANY (r.kinds)

-- include: base_transfer.sql

-- level: Order/OrderHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       o.order_type, o.order_no, o.ebp_code, o.ebp_name, o.ebc_code, o.ebc_name, o.goods_value, o.freight,
       coalesce(o.discount, 0) AS discount, coalesce(o.tax_total, 0) AS tax_total,
       o.goods_value + o.freight + coalesce(o.tax_total, 0) - coalesce(o.discount, 0) AS actural_paid,
       o.currency, m.buyer_reg_no, o.buyer_name, o.buyer_telephone, o.buyer_id_type, o.buyer_id_number,
       p.pay_code, p.pay_name, p.pay_no AS pay_transaction_id, m.batch_numbers,
       o.consignee, o.consignee_telephone, o.consignee_address, m.consignee_district, o.note
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
JOIN hub.import_order m ON m.subject_hash = d.subject_hash AND m.row_id = d.order_row
LEFT JOIN hub.payment p ON p.subject_hash = d.subject_hash AND p.row_id = d.payment_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB311'
ORDER BY d.doc_no

-- level: Order/OrderList
SELECT d.doc_no, i.gnum, i.item_no, i.item_name, i.gmodel, i.item_describe, i.bar_code, i.unit, i.qty, i.price,
       i.total_price, d.currency, m.origin_country AS country
FROM hub.document d
JOIN hub.order_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.order_row
JOIN hub.import_item m ON m.subject_hash = i.subject_hash AND m.row_id = i.row_id AND m.gnum = i.gnum
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB311'
ORDER BY d.doc_no, i.gnum
