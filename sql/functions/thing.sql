-- thing: what documents are made of.

-- What documents are made of, by its kind (hub.message_rule.what) and row_id. stands: it may be told.
CREATE OR REPLACE VIEW hub.thing AS
SELECT 'trade'::text AS what, subject_hash, row_id, issuer, order_no AS number, ''::text AS part_key, batch_id, line,
       current AND app_type <> '3' AS stands FROM hub.trade_order
UNION ALL
SELECT 'void', subject_hash, row_id, issuer, order_no, '', batch_id, line, current AND app_type = '3' FROM hub.trade_order
UNION ALL
SELECT 'departure', subject_hash, row_id, issuer, number, '', batch_id, line, current AND app_type <> '3' FROM hub.departure
UNION ALL
SELECT 'entry', subject_hash, row_id, issuer, number, '', batch_id, line, current AND app_type <> '3' FROM hub.entry
UNION ALL
SELECT 'return', subject_hash, row_id, issuer, order_no, part_key, batch_id, line, current AND app_type <> '3' FROM hub.goods_return
UNION ALL
SELECT 'tally', subject_hash, row_id, issuer, number, '', batch_id, line, current AND app_type <> '3' FROM hub.tally
UNION ALL
SELECT 'status', subject_hash, row_id, issuer, number, '', batch_id, line, current AND app_type <> '3' FROM hub.waybill_status
UNION ALL
SELECT 'month', subject_hash, row_id, ebc_code, month, '', NULL, NULL, true FROM hub.summary;

-- What a document is of, by its kind and the rows it was made from.
CREATE OR REPLACE FUNCTION hub.thing_of(of_kind text, hash bigint, order_row bigint, source_row bigint) RETURNS SETOF hub.thing LANGUAGE sql STABLE AS $$
    SELECT t.* FROM (SELECT DISTINCT what FROM hub.message_rule WHERE kind = of_kind) m
    JOIN hub.thing t ON t.what = m.what AND t.subject_hash = hash AND t.row_id = CASE m.what WHEN 'trade' THEN order_row ELSE source_row END
    ORDER BY t.what LIMIT 1
$$;
