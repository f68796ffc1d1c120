-- CEB303 电子订单: the order of each trade.
-- A section begins with "-- documents" or "-- level: PATH" and ends at the next; each is one query.
-- Parameters are settings: SET hub.bundle_id = '1'; SET hub.kind = 'CEB303'; then any section runs in psql.
-- Source: ceb-messages, CEB303Message; design section 5 (what comes from the configuration)

-- documents
-- One row a document this bundle should hold, from ready_now (the trades newly matched, and which
-- kinds they ask for).
SELECT subject_hash, issuer, order_no AS number, ''::text AS part_key, order_row, NULL::bigint AS payment_row,
       NULL::bigint AS waybill_row, NULL::bigint AS source_row, NULL::bigint AS content,
       currency, goods_value AS amount
FROM ready_now
WHERE 'CEB303' = ANY (kinds)

-- include: base_transfer.sql

-- level: Order/OrderHead
SELECT d.doc_no, upper(d.guid::text COLLATE "C") AS guid, d.app_type,
       (SELECT current_setting('hub.app_time')) AS app_time, '2' AS app_status,
       o.order_type, o.order_no, o.ebp_code, o.ebp_name, o.ebc_code, o.ebc_name,
       o.goods_value, o.freight, o.currency, o.note
FROM hub.document d
JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB303'
ORDER BY d.doc_no

-- level: Order/OrderList
SELECT d.doc_no, i.gnum, i.item_no, i.item_name, i.item_describe, i.bar_code, i.unit, d.currency,
       i.qty, i.price, i.total_price
FROM hub.document d
JOIN hub.order_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.order_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = 'CEB303'
ORDER BY d.doc_no, i.gnum
