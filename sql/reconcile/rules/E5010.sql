-- code: E5010
-- title zh: 支付人应为订购人（姓名、证件号码）
-- title en: the payer must be the buyer (name and document number)
-- todo zh: 核对订单与支付
-- todo en: compare order and payment
-- source: ceb-messages M-05
-- direction: import

-- statement
SELECT DISTINCT f.tid, hub.shown(p.pay_no), ''
FROM flows f
JOIN hub.trade_order o ON o.subject_hash = f.subject_hash AND o.row_id = f.order_row
JOIN payments p ON p.tid = f.tid
JOIN hub.payment v ON v.subject_hash = f.subject_hash AND v.row_id = p.row_id
WHERE (v.payer_id_number, v.payer_name) IS DISTINCT FROM (o.buyer_id_number, o.buyer_name)
