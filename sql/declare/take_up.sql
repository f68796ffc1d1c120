-- What waited for its kind is ready again where it still may be told; else whatever changed it has brought it, or will.
-- Parameter $1 agency
WITH taken AS (
    DELETE FROM hub.aside WHERE agency = $1 AND state = 'waiting'
    RETURNING subject_hash, what, issuer, number, row_id
), due AS MATERIALIZED (
    SELECT DISTINCT k.subject_hash, k.what, k.issuer, k.number, k.row_id
    FROM taken k JOIN hub.thing t ON t.what = k.what AND t.subject_hash = k.subject_hash AND t.row_id = k.row_id AND t.stands
    WHERE k.what <> 'trade' OR EXISTS (SELECT 1 FROM hub.trade m WHERE m.subject_hash = k.subject_hash
                                       AND m.issuer = k.issuer AND m.order_no = k.number AND m.verdict = 'matched')
), let_go AS (
    UPDATE hub.ready r SET held = false, waits = false FROM due d
    WHERE r.held AND r.agency = $1 AND r.what = d.what AND r.subject_hash = d.subject_hash AND r.row_id = d.row_id
)
INSERT INTO hub.ready (agency, what, subject_hash, issuer, number, row_id)
SELECT $1, d.what, d.subject_hash, d.issuer, d.number, d.row_id FROM due d
WHERE NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = $1 AND r.what = d.what
                  AND r.subject_hash = d.subject_hash AND r.row_id = d.row_id)
