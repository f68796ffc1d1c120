-- Store the rows of stage_entry but for stage_skip.
-- Parameter  hub.batch_id

UPDATE hub.entry o SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND o.trade_hash = k.trade_hash AND o.row_id = k.old_row;

INSERT INTO hub.entry (trade_hash, row_id, key_code, order_no, current, batch_id, line, digest, app_type, operator_code,
    operator_name, entry_no, logistics_code, logistics_name, traf_mode, traf_no, voyage_no, bill_no,
    unload_location)
SELECT s.trade_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.key_code,
       s.order_no, true, (SELECT current_setting('hub.batch_id')::bigint), s.line, t.digest,
       s.app_type, s.operator_code, s.operator_name, s.entry_no, s.logistics_code, s.logistics_name,
       s.traf_mode, s.traf_no, s.voyage_no, s.bill_no, s.unload_location
FROM stage_entry s JOIN stage_thing t ON t.line = s.line
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);

INSERT INTO hub.entry_item (trade_hash, row_id, gnum, logistics_no, note)
SELECT s.trade_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.line), s.gnum,
       s.logistics_no, s.note
FROM stage_entry s JOIN stage_thing t ON t.trade_hash = s.trade_hash AND t.key_code = s.key_code AND t.order_no = s.order_no
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);
