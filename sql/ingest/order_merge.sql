-- Store the orders of stage_trade and their goods lines, but for stage_skip; sums for the ack.
-- Parameter  hub.batch_id

UPDATE hub.trade_order o SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND o.trade_hash = k.trade_hash AND o.row_id = k.old_row;

-- Rows of an order that stand apart in the file, or whose first one was refused as a repeat.
UPDATE stage_order s SET first_line = t.line
FROM stage_trade t
WHERE t.apart AND s.trade_hash = t.trade_hash AND s.key_code = t.key_code AND s.order_no = t.order_no;

INSERT INTO hub.trade_order (trade_hash, row_id, key_code, order_no, current, batch_id, line, digest,
    app_type, ebp_code, ebp_name, ebc_code, ebc_name, order_type, trade_mode, order_time, goods_value,
    freight, discount, tax_total, currency, buyer_name, buyer_id_type, buyer_id_number,
    buyer_telephone, consignee, consignee_telephone, consignee_address, country, note)
SELECT s.trade_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.key_code, s.order_no,
    true, (SELECT current_setting('hub.batch_id')::bigint), s.line, t.digest, s.app_type, s.ebp_code, s.ebp_name,
    s.ebc_code, s.ebc_name, s.order_type, s.trade_mode, s.order_time, s.goods_value, s.freight,
    s.discount, s.tax_total, s.currency, s.buyer_name, s.buyer_id_type, s.buyer_id_number,
    s.buyer_telephone, s.consignee, s.consignee_telephone, s.consignee_address, s.country, s.note
FROM stage_order s JOIN stage_trade t ON t.line = s.line
WHERE NOT EXISTS (SELECT FROM stage_skip k WHERE k.line = s.line);

INSERT INTO hub.order_item (trade_hash, row_id, gnum, line, item_no, item_name, item_describe, bar_code,
    unit, qty, price, total_price, gcode, gname, gmodel, qty1, unit1, qty2, unit2)
SELECT s.trade_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.first_line), s.gnum, s.line,
    s.item_no, s.item_name, s.item_describe, s.bar_code, s.unit, s.qty, s.price, s.total_price, s.gcode,
    s.gname, s.gmodel, s.qty1, s.unit1, s.qty2, s.unit2
FROM stage_order s
WHERE NOT EXISTS (SELECT FROM stage_skip k WHERE k.line = s.line);

UPDATE hub.batch SET sums = (
    SELECT coalesce(jsonb_object_agg('goodsValue ' || currency, goods::text), '{}')
    FROM (SELECT currency, trim_scale(sum(goods_value)) AS goods FROM stage_trade t
          WHERE NOT EXISTS (SELECT FROM stage_skip k WHERE k.line = t.line) GROUP BY currency) c)
WHERE batch_id = (SELECT current_setting('hub.batch_id')::bigint);

INSERT INTO hub.issuer
SELECT DISTINCT 'order', 'order', key_code FROM stage_trade WHERE NOT bad ON CONFLICT DO NOTHING;
