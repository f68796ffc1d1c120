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
WHERE o.subject_hash = t.subject_hash
  AND o.row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.run);

-- An order stands at the first of its lines that counts.
UPDATE hub.order_item i SET row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.line)
FROM stage_several t JOIN stage_order s USING (subject_hash, issuer, order_no)
WHERE t.apart AND s.first_line <> t.line AND i.line = s.line
  AND i.row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.first_line);

DELETE FROM hub.trade_order o
USING (SELECT subject_hash, first_line FROM stage_order UNION ALL SELECT subject_hash, run FROM stage_twice) s
JOIN stage_several t USING (subject_hash)
WHERE (t.apart OR t.twice) AND s.first_line <> t.line AND o.subject_hash = s.subject_hash
  AND o.row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.first_line);

UPDATE hub.trade_order o SET digest = t.digest
FROM stage_several t
WHERE (t.apart OR t.twice) AND o.subject_hash = t.subject_hash
  AND o.row_id = hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.line);

-- for statements that come behind these
UPDATE stage_order s SET first_line = t.line
FROM stage_several t
WHERE t.apart AND s.subject_hash = t.subject_hash AND s.issuer = t.issuer AND s.order_no = t.order_no;

CREATE TEMP TABLE stage_sums ON COMMIT DROP AS
SELECT issuer, currency, sum(goods_value) AS goods FROM stage_trade t
WHERE NOT bad AND NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = t.line)
GROUP BY issuer, currency;

UPDATE hub.batch SET sums = (
    SELECT coalesce(jsonb_object_agg('goodsValue ' || currency, goods::text), '{}')
    FROM (SELECT currency, trim_scale(sum(goods)) AS goods FROM stage_sums GROUP BY currency) c)
WHERE batch_id = (SELECT current_setting('hub.batch_id')::bigint);

INSERT INTO hub.known_issuer
SELECT DISTINCT 'order', 'order', issuer FROM stage_sums ON CONFLICT DO NOTHING;
