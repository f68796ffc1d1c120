-- The held receipts of a file were looked at, or its bytes, which were found nowhere, are given up. Parameters $1 batch_id,
-- $2 who, $3 reason, $4 the action, $5 now
WITH u AS (INSERT INTO hub.audit (at, who, what, object, reason)
           VALUES ($5::timestamptz, $2, 'batch ' || $4, hub.batch_name($1::bigint), $3)),
     l AS (UPDATE hub.batch SET lost = true
           WHERE batch_id = $1::bigint AND file_id IN (SELECT file_id FROM hub.damaged_file))
UPDATE hub.receipt SET cleared_at = $5::timestamptz
WHERE row_id >= hub.row_id($1::bigint, 0) AND row_id < hub.row_id($1::bigint + 1, 0)
  AND effect = 'held' AND cleared_at IS NULL
