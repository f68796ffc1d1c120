-- Store the rows of stage_entry but for stage_skip.
-- Parameter  hub.batch_id

UPDATE hub.entry o SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND o.subject_hash = k.subject_hash AND o.row_id = k.old_row;

INSERT INTO hub.entry (subject_hash, row_id, issuer, number, current, batch_id, line, digest, app_type, operator_code,
    operator_name, entry_no, logistics_code, logistics_name, traf_mode, traf_no, voyage_no, bill_no,
    unload_location)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.issuer,
       s.number, true, (SELECT current_setting('hub.batch_id')::bigint), s.line, t.digest,
       s.app_type, s.operator_code, s.operator_name, s.entry_no, s.logistics_code, s.logistics_name,
       s.traf_mode, s.traf_no, s.voyage_no, s.bill_no, s.unload_location
FROM stage_entry s JOIN stage_thing t ON t.line = s.line
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);

INSERT INTO hub.entry_item (subject_hash, row_id, gnum, logistics_no, note)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.line), s.gnum,
       s.logistics_no, s.note
FROM stage_entry s JOIN stage_thing t ON t.subject_hash = s.subject_hash AND t.issuer = s.issuer AND t.number = s.number
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);
