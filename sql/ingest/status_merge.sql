-- Store the rows of stage_status but for stage_skip.
-- Parameter  hub.batch_id

UPDATE hub.waybill_status o SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND o.subject_hash = k.subject_hash AND o.row_id = k.old_row;

INSERT INTO hub.waybill_status (subject_hash, row_id, issuer, number, current, batch_id, line, digest, app_type, logistics_code,
    logistics_name, logistics_no, logistics_status, logistics_time, note)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.issuer,
       s.number, true, (SELECT current_setting('hub.batch_id')::bigint), s.line, s.digest,
       s.app_type, s.logistics_code, s.logistics_name, s.logistics_no, s.logistics_status,
       s.logistics_time, s.note
FROM stage_status s
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);
