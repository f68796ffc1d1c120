-- Store the rows of stage_return but for stage_skip.
-- Parameter  hub.batch_id

UPDATE hub.goods_return o SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND o.subject_hash = k.subject_hash AND o.row_id = k.old_row;

INSERT INTO hub.goods_return (subject_hash, row_id, issuer, order_no, part_key, current, batch_id, line, digest, app_type,
    ebp_code, ebc_code, return_no, logistics_code, logistics_name, logistics_no, reason, trade_mode,
    traf_mode, traf_name, voyage_no, bill_no, port_code, country, loct_no)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.issuer,
       s.order_no, s.return_no, true, (SELECT current_setting('hub.batch_id')::bigint), s.line,
       t.digest, s.app_type, s.ebp_code, s.ebc_code, s.return_no, s.logistics_code, s.logistics_name,
       s.logistics_no, s.reason, s.trade_mode, s.traf_mode, s.traf_name, s.voyage_no, s.bill_no,
       s.port_code, s.country, s.loct_no
FROM stage_return s JOIN stage_thing t ON t.line = s.line
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);

INSERT INTO hub.return_item (subject_hash, row_id, gnum, qty, qty1, qty2, note)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.line), s.gnum,
       s.qty, s.qty1, s.qty2, s.note
FROM stage_return s JOIN stage_thing t ON t.subject_hash = s.subject_hash AND t.issuer = s.issuer AND t.number = s.order_no
                  AND t.part_key = s.return_no
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);
