-- Store the rows of stage_tally but for stage_skip.
-- Parameter  hub.batch_id

UPDATE hub.tally o SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND o.subject_hash = k.subject_hash AND o.row_id = k.old_row;

INSERT INTO hub.tally (subject_hash, row_id, issuer, number, current, batch_id, line, digest, app_type, operator_code,
    operator_name, tally_no, logistics_code, logistics_name, logistics_no, invt_no, bill_no, traf_mode,
    traf_name, voyage_no, location, note)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.issuer,
       s.number, true, (SELECT current_setting('hub.batch_id')::bigint), s.line, s.digest,
       s.app_type, s.operator_code, s.operator_name, s.tally_no, s.logistics_code, s.logistics_name,
       s.logistics_no, s.invt_no, s.bill_no, s.traf_mode, s.traf_name, s.voyage_no, s.location, s.note
FROM stage_tally s
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);
