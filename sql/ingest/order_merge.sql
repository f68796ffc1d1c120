-- Store the orders of stage_new and their goods lines; sums for the ack.
-- Parameter  hub.batch_id

UPDATE hub.trade_order o SET current = false
FROM stage_new n
WHERE n.version > 1 AND o.current AND o.trade_hash = n.trade_hash AND o.key_code = n.key_code
  AND o.order_no = n.order_no;

INSERT INTO hub.trade_order (trade_hash, key_code, order_no, version, current, batch_id, line, digest,
    app_type, ebp_code, ebp_name, ebc_code, ebc_name, order_type, trade_mode, order_time, goods_value,
    freight, discount, tax_total, currency, buyer_name, buyer_id_type, buyer_id_number,
    buyer_telephone, consignee, consignee_telephone, consignee_address, country, note)
SELECT n.trade_hash, n.key_code, n.order_no, n.version, true,
    current_setting('hub.batch_id')::bigint, n.line, n.digest, n.app_type, s.ebp_code, s.ebp_name,
    s.ebc_code, s.ebc_name, s.order_type, s.trade_mode, s.order_time, s.goods_value, s.freight,
    s.discount, s.tax_total, s.currency, s.buyer_name, s.buyer_id_type, s.buyer_id_number,
    s.buyer_telephone, s.consignee, s.consignee_telephone, s.consignee_address, s.country, s.note
FROM stage_new n JOIN stage_order s ON s.line = n.line
ORDER BY n.trade_hash;

INSERT INTO hub.order_item (trade_hash, key_code, order_no, version, gnum, line, item_no, item_name,
    item_describe, bar_code, unit, qty, price, total_price, gcode, gname, gmodel, qty1, unit1, qty2,
    unit2)
SELECT n.trade_hash, n.key_code, n.order_no, n.version, s.gnum, s.line, s.item_no, s.item_name,
    s.item_describe, s.bar_code, s.unit, s.qty, s.price, s.total_price, s.gcode, s.gname, s.gmodel,
    s.qty1, s.unit1, s.qty2, s.unit2
FROM stage_new n
JOIN stage_order s ON s.trade_hash = n.trade_hash AND s.key_code = n.key_code AND s.order_no = n.order_no
ORDER BY n.trade_hash, s.gnum;

UPDATE hub.batch SET sums = (
    SELECT coalesce(jsonb_object_agg('goodsValue ' || currency, goods::text), '{}')
    FROM (SELECT s.currency, trim_scale(sum(s.goods_value)) AS goods
          FROM stage_new n JOIN stage_order s ON s.line = n.line GROUP BY s.currency) c)
WHERE batch_id = current_setting('hub.batch_id')::bigint;
