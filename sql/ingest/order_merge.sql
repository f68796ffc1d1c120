-- The orders are stored already: take out what is in stage_skip, bring together orders whose rows stood
-- apart in the file; sums for the ack.
-- Parameter  hub.batch_id

SELECT hub.supersede('trade_order');

SELECT hub.take_out('stage_order', 'trade_order', 'order_item');

-- The second of two equal lines, and the version of an order that is not taken.
DELETE FROM hub.order_item i
USING (SELECT line, run FROM stage_twice WHERE nth > 1 UNION ALL SELECT line, run FROM stage_other) t
WHERE i.row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.run) AND i.line = t.line;

DELETE FROM hub.trade_order o USING stage_other t
WHERE o.trade_hash = t.trade_hash
  AND o.row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.run);

-- An order stands at the first of its lines that counts.
UPDATE hub.order_item i SET row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.line)
FROM stage_several t JOIN stage_order s USING (trade_hash, key_code, order_no)
WHERE t.apart AND s.first_line <> t.line AND i.line = s.line
  AND i.row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.first_line);

DELETE FROM hub.trade_order o
USING (SELECT trade_hash, first_line FROM stage_order UNION ALL SELECT trade_hash, run FROM stage_twice) s
JOIN stage_several t USING (trade_hash)
WHERE (t.apart OR t.twice) AND s.first_line <> t.line AND o.trade_hash = s.trade_hash
  AND o.row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.first_line);

UPDATE hub.trade_order o SET digest = t.digest
FROM stage_several t
WHERE (t.apart OR t.twice) AND o.trade_hash = t.trade_hash
  AND o.row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.line);

-- for statements that come behind these
UPDATE stage_order s SET first_line = t.line
FROM stage_several t
WHERE t.apart AND s.trade_hash = t.trade_hash AND s.key_code = t.key_code AND s.order_no = t.order_no;

CREATE TEMP TABLE stage_sums ON COMMIT DROP AS
SELECT key_code, currency, sum(goods_value) AS goods FROM stage_trade t
WHERE NOT bad AND NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = t.line)
GROUP BY key_code, currency;

UPDATE hub.batch SET sums = (
    SELECT coalesce(jsonb_object_agg('goodsValue ' || currency, goods::text), '{}')
    FROM (SELECT currency, trim_scale(sum(goods)) AS goods FROM stage_sums GROUP BY currency) c)
WHERE batch_id = (SELECT current_setting('hub.batch_id')::bigint);

INSERT INTO hub.issuer
SELECT DISTINCT 'order', 'order', key_code FROM stage_sums ON CONFLICT DO NOTHING;
