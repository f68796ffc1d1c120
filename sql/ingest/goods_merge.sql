-- Store the rows of stage_goods but for stage_skip.
-- Parameter  hub.batch_id

UPDATE hub.goods o SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND o.subject_hash = k.subject_hash AND o.row_id = k.old_row;

INSERT INTO hub.goods (subject_hash, row_id, issuer, number, current, batch_id, line, digest, app_type, ebc_code,
    item_no, gname, gcode, gmodel, unit, unit1, rate1, unit2, rate2, item_record_no, ems_no, iac_code,
    iac_name, note)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.issuer,
       s.number, true, (SELECT current_setting('hub.batch_id')::bigint), s.line, s.digest,
       s.app_type, s.ebc_code, s.item_no, s.gname, s.gcode, s.gmodel, s.unit, s.unit1, s.rate1,
       s.unit2, s.rate2, s.item_record_no, s.ems_no, s.iac_code, s.iac_name, s.note
FROM stage_goods s
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);
