-- What the archive says of each part of a file: new, repeat, change, void, or refused.
-- Takes   stage_part (key, part_key, line, rows, digest, app_type), stage_archive (current rows)
-- Leaves  stage_new: parts to store, with their version; stage_repeat and stage_reject complete
-- Rule    design section 5, duplicates: same values is a repeat, appType 2 replaces, 3 voids, 1 with
--         other values is refused; a voided key may be used anew

ANALYZE stage_part;

CREATE TEMP TABLE stage_known ON COMMIT DROP AS
SELECT p.*, a.version AS old_version, a.batch_id AS old_batch,
       CASE WHEN a.version IS NULL OR a.app_type = '3'
            THEN CASE p.app_type WHEN '1' THEN 'new' ELSE 'none' END
            WHEN p.app_type = '3' THEN 'void'
            WHEN a.digest = p.digest THEN 'repeat'
            WHEN p.app_type = '2' THEN 'change'
            ELSE 'exists' END AS fate
FROM stage_part p LEFT JOIN stage_archive a USING (trade_hash, key_code, order_no, part_key);

INSERT INTO stage_reject
SELECT line, 'orderNo', 'E4008', NULL, hub.batch_name(old_batch)
FROM stage_known WHERE fate = 'exists'
UNION ALL
SELECT line, 'appType', 'E4009', app_type, NULL
FROM stage_known WHERE fate = 'none';

-- An order is taken whole or not at all.
INSERT INTO stage_reject
SELECT w.line, 'orderNo', 'E4010', NULL, min(r.line)::text
FROM stage_whole w
JOIN stage_whole other USING (trade_hash, key_code, order_no, part_key)
JOIN stage_reject r ON r.line = other.line
WHERE NOT EXISTS (SELECT FROM stage_reject own WHERE own.line = w.line)
GROUP BY w.line;

INSERT INTO stage_repeat
SELECT coalesce(w.line, k.line)
FROM stage_known k LEFT JOIN stage_whole w USING (trade_hash, key_code, order_no, part_key)
WHERE k.fate = 'repeat';

CREATE TEMP TABLE stage_new ON COMMIT DROP AS
SELECT trade_hash, key_code, order_no, part_key, line, rows, digest, app_type, fate,
       coalesce(old_version, 0) + 1 AS version
FROM stage_known WHERE fate IN ('new', 'change', 'void')
ORDER BY trade_hash;
ANALYZE stage_new;
