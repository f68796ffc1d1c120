-- A file that no run shall load: until it is released (held), or ever (discarded). What it waited for
-- before stays as what was seen. Nobody looks for the bytes of one that is discarded any more.
-- Parameters $1 batch_id, $2 who, $3 reason, $4 the action (hold, discard), $5 now
WITH a AS (UPDATE hub.answer SET state = 'replaced' WHERE batch_id = $1::bigint
           OR kind = 'ack' AND batch_id = (SELECT upload_id FROM hub.batch WHERE batch_id = $1::bigint)),
     u AS (INSERT INTO hub.audit (at, who, what, object, reason)
           VALUES ($5::timestamptz, $2, 'batch ' || $4, hub.batch_name($1::bigint), $3))
UPDATE hub.batch SET finished_at = $5::timestamptz, seen = code, want = NULL,
    state = CASE $4 WHEN 'hold' THEN 'held' ELSE 'discarded' END,
    code = CASE $4 WHEN 'hold' THEN 'E3051' ELSE 'E3055' END,
    lost = $4 = 'discard' AND coalesce(file_id IN (SELECT file_id FROM hub.damaged_file), false)
WHERE batch_id = $1::bigint
