-- The articles of this bundle's orders as the goods feed has them now. Takes ready_now. Setting hub.bundle_id
-- Look-ups (OFFSET 0): one order is expected of two keys that go together, and all articles were gone through for each.
INSERT INTO hub.bundle_goods (bundle_id, key_code, order_no, goods_row)
SELECT current_setting('hub.bundle_id')::bigint, g.key_code, g.order_no, g.row_id
FROM (SELECT DISTINCT o.ebc_code, i.item_no
      FROM ready_now r
      CROSS JOIN LATERAL (SELECT ebc_code FROM hub.trade_order o
                          WHERE o.trade_hash = r.trade_hash AND o.row_id = r.order_row OFFSET 0) o
      CROSS JOIN LATERAL (SELECT item_no FROM hub.order_item i
                          WHERE i.trade_hash = r.trade_hash AND i.row_id = r.order_row OFFSET 0) i
      WHERE EXISTS (SELECT 1 FROM hub.goods)) n
CROSS JOIN LATERAL (SELECT * FROM hub.goods g
                    WHERE g.trade_hash = hub.trade_hash(n.ebc_code, n.item_no) AND g.key_code = n.ebc_code
                      AND g.order_no = n.item_no AND g.current AND g.app_type <> '3' OFFSET 0) g
