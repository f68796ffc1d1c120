-- The articles of this bundle's orders as the goods feed has them now. Takes ready_now. Setting hub.bundle_id
-- Look-ups (OFFSET 0): one order is expected of two keys that go together, and all articles were gone through for each.
INSERT INTO hub.bundle_goods (bundle_id, issuer, number, goods_row)
SELECT current_setting('hub.bundle_id')::bigint, g.issuer, g.number, g.row_id
FROM (SELECT DISTINCT o.ebc_code, i.item_no
      FROM ready_now r
      CROSS JOIN LATERAL (SELECT ebc_code FROM hub.trade_order o
                          WHERE o.subject_hash = r.subject_hash AND o.row_id = r.order_row OFFSET 0) o
      CROSS JOIN LATERAL (SELECT item_no FROM hub.order_item i
                          WHERE i.subject_hash = r.subject_hash AND i.row_id = r.order_row OFFSET 0) i
      WHERE EXISTS (SELECT 1 FROM hub.goods)) n
CROSS JOIN LATERAL (SELECT * FROM hub.goods g
                    WHERE g.subject_hash = hub.subject_hash(n.ebc_code, n.item_no) AND g.issuer = n.ebc_code
                      AND g.number = n.item_no AND g.current AND g.app_type <> '3' OFFSET 0) g
