-- A held or refused file as if it had just come. Nothing of it was loaded.
-- Parameters $1 batch_id, $2 who, $3 reason
WITH r AS (DELETE FROM hub.reject WHERE batch_id = $1::bigint),
     a AS (DELETE FROM hub.answer WHERE batch_id = $1::bigint),
     u AS (INSERT INTO hub.audit (who, what, object, reason)
           VALUES ($2, 'batch rerun', hub.batch_name($1::bigint), $3))
UPDATE hub.batch SET state = 'received', finished_at = NULL, business_date = NULL, next_cutoff = NULL,
    feed = NULL, entry = NULL, charset = NULL, delimiter = NULL, rows = NULL, accepted = NULL,
    repeated = NULL, rejected = NULL, sums = '{}', attempts = 0, code = NULL, seen = NULL, want = NULL
WHERE batch_id = $1::bigint
