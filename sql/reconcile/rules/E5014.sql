-- code: E5014
-- title zh: 单次交易限值为 {want} 元，超出的只能是一件不可分割的商品
-- title en: one import is limited to {want} yuan, unless it is one article that cannot be divided
-- todo zh: 拆分订单，或按一般贸易申报
-- todo en: divide the order, or declare it as general trade
-- source: ceb-messages M-13; the limit: hub.import_limit
-- direction: import
-- note: one article that cannot be divided may cost more, with the full tax

-- statement
SELECT f.tid, trim_scale(c.price), trim_scale(m.single)
FROM flows f
JOIN hub.trade_order o ON o.subject_hash = f.subject_hash AND o.row_id = f.order_row
CROSS JOIN LATERAL (SELECT o.goods_value + o.freight
                           + coalesce((SELECT n.fee FROM hub.insured n
                                       WHERE n.subject_hash = o.subject_hash AND n.issuer = o.issuer AND n.order_no = o.order_no), 0) AS price) c
JOIN LATERAL (SELECT single FROM hub.import_limit
              WHERE valid_from <= to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')
              ORDER BY valid_from DESC LIMIT 1) m ON c.price > m.single
WHERE (SELECT count(*) > 1 OR sum(qty) > 1 FROM hub.order_item i WHERE i.subject_hash = f.subject_hash AND i.row_id = f.order_row)
