-- What the archive says of each subject of a file: new, repeat, change, void, or refused.
-- Takes   stage_subject (issuer, number, part_key, line, digest, app_type), stage_stored (current rows)
-- Leaves  stage_fate: subjects the archive has, or that must not be new; all others are new.
--         stage_repeat and stage_reject complete, and with them stage_left_out
-- Setting hub.rows
-- Rule    design section 5, duplicates: same values is a repeat, appType 2 replaces, 3 voids, 1 with
--         other values is refused; a voided key may be used anew, and voided again it is a repeat. A
--         change of what is not there is refused and may come again, the same bytes even. What a file received
--         later has brought stands, be this one a change: it was held or refused meanwhile, and is only judged late

CREATE TEMP TABLE stage_fate ON COMMIT DROP AS
SELECT p.*, a.row_id AS old_row, a.batch_id AS old_batch,
       CASE WHEN a.batch_id IN (SELECT unnest(hub.received_after((SELECT current_setting('hub.batch_id')::bigint))))
            THEN CASE WHEN (a.app_type = '3') = (p.app_type = '3') AND (a.app_type = '3' OR a.digest = p.digest)
                      THEN 'repeat' ELSE 'older' END
            WHEN a.app_type = '3'
            THEN CASE p.app_type WHEN '1' THEN 'new' WHEN '3' THEN 'repeat' ELSE 'none' END
            WHEN p.app_type = '3' THEN 'void'
            WHEN a.digest = p.digest THEN 'repeat'
            WHEN p.app_type = '2' THEN 'change'
            -- of the same file, taken before its writer was done: its last row may have been half a row
            WHEN a.batch_id = ANY ((SELECT hub.halves((SELECT current_setting('hub.batch_id')::bigint)))::bigint[]) THEN 'change'
            ELSE 'exists' END AS fate
FROM stage_subject p JOIN stage_stored a USING (subject_hash, issuer, number, part_key);
CREATE INDEX ON stage_fate (subject_hash);
ANALYZE stage_fate (subject_hash);

-- aside first: whoever reads the table he fills reads what he has written, each time
CREATE TEMP TABLE stage_missing ON COMMIT DROP AS
SELECT p.* FROM stage_subject p
WHERE p.app_type <> '1' AND NOT EXISTS (
    SELECT 1 FROM stage_fate k WHERE (k.subject_hash, k.issuer, k.number, k.part_key)
                                    = (p.subject_hash, p.issuer, p.number, p.part_key));
INSERT INTO stage_fate SELECT n.*, NULL, NULL, 'none' FROM stage_missing n;

INSERT INTO stage_reject
SELECT line, (SELECT current_setting('hub.shape')::jsonb ->> 'number_name'), 'E4008', NULL, hub.batch_name(old_batch)
FROM stage_fate WHERE fate = 'exists'
UNION ALL
SELECT line, (SELECT current_setting('hub.shape')::jsonb ->> 'number_name'), 'E4014', NULL, hub.batch_name(old_batch)
FROM stage_fate WHERE fate = 'older'
UNION ALL
SELECT line, 'appType', 'E4009', app_type, NULL
FROM stage_fate WHERE fate = 'none';

-- What a list that is over there was made of is not changed behind the agency's back, and stays as it is here.
CREATE TEMP TABLE stage_closed ON COMMIT DROP AS
SELECT k.line, k.app_type, l.invt_no
FROM stage_fate k
CROSS JOIN LATERAL (
    SELECT max(d.invt_no) AS invt_no FROM hub.document d
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    WHERE d.subject_hash = k.subject_hash AND d.closed AND d.kind IN (SELECT withdraws FROM hub.receipt_kind)
      AND o.issuer = k.issuer AND o.order_no = k.number
      AND ((SELECT current_setting('hub.rows')) = 'order'
           OR d.waybill_row = k.old_row OR EXISTS (
               SELECT 1 FROM hub.bundle_waybill s -- a list may stand for several
               WHERE s.subject_hash = d.subject_hash AND s.bundle_id = d.bundle_id AND s.order_row = d.order_row AND s.waybill_row = k.old_row))
    HAVING count(*) > 0 OFFSET 0) l
WHERE k.fate IN ('new', 'change', 'void') AND (SELECT current_setting('hub.rows')) IN ('order', 'logistics');
UPDATE stage_fate k SET fate = 'closed' FROM stage_closed c WHERE c.line = k.line;
INSERT INTO stage_reject SELECT line, 'appType', 'E4071', app_type, invt_no FROM stage_closed;
ANALYZE stage_reject;

-- An order is taken whole or not at all.
INSERT INTO stage_reject
SELECT w.line, (SELECT current_setting('hub.shape')::jsonb ->> 'number_name'), 'E4010', NULL, bad.line::text
FROM (SELECT subject_hash, issuer, number, part_key, min(r.line) AS line
      FROM stage_reject r JOIN stage_member USING (line)
      GROUP BY subject_hash, issuer, number, part_key) bad
JOIN stage_member w USING (subject_hash, issuer, number, part_key)
WHERE NOT EXISTS (SELECT 1 FROM stage_reject own WHERE own.line = w.line);

INSERT INTO stage_repeat
SELECT coalesce(w.line, k.line)
FROM stage_fate k LEFT JOIN stage_member w USING (subject_hash, issuer, number, part_key)
WHERE k.fate = 'repeat';
ANALYZE stage_repeat;
