-- Store the rows of stage_departure but for stage_skip.
-- Parameter  hub.batch_id

UPDATE hub.departure o SET current = false
FROM stage_known k
WHERE k.fate IN ('new', 'change', 'void') AND o.subject_hash = k.subject_hash AND o.row_id = k.old_row;

INSERT INTO hub.departure (subject_hash, row_id, issuer, number, current, batch_id, line, digest, app_type, logistics_code,
    logistics_name, bill_no, traf_mode, traf_name, voyage_no, domestic_traf_no, operator_code,
    operator_name, loct_no, arrive_time, leave_time)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.issuer,
       s.number, true, (SELECT current_setting('hub.batch_id')::bigint), s.line, t.digest,
       s.app_type, s.logistics_code, s.logistics_name, s.bill_no, s.traf_mode, s.traf_name,
       s.voyage_no, s.domestic_traf_no, s.operator_code, s.operator_name, s.loct_no, s.arrive_time,
       s.leave_time
FROM stage_departure s JOIN stage_thing t ON t.line = s.line
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);

INSERT INTO hub.departure_item (subject_hash, row_id, gnum, logistics_no, total_package_no, note)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), t.line), s.gnum,
       s.logistics_no, s.total_package_no, s.note
FROM stage_departure s JOIN stage_thing t ON t.subject_hash = s.subject_hash AND t.issuer = s.issuer AND t.number = s.number
WHERE NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line);
