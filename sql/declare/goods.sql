-- The articles of this bundle's orders as the goods feed has them now. Takes ready_now. Setting hub.bundle_id
INSERT INTO hub.bundle_goods (bundle_id, key_code, order_no, goods_row)
SELECT DISTINCT current_setting('hub.bundle_id')::bigint, g.key_code, g.order_no, g.row_id
FROM ready_now r
JOIN hub.trade_order o ON o.trade_hash = r.trade_hash AND o.row_id = r.order_row
JOIN hub.order_item i ON i.trade_hash = r.trade_hash AND i.row_id = r.order_row
JOIN hub.goods g ON g.key_code = o.ebc_code AND g.order_no = i.item_no AND g.current AND g.app_type <> '3'
WHERE EXISTS (SELECT FROM hub.goods)
