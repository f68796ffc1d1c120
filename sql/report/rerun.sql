-- A file as if it had just come: held or refused, nothing of it was loaded. A code that was released is
-- not asked about again. Its upload is answered anew. Parameters $1 batch_id, $2 who, $3 reason, $4 the
-- action (rerun, release), $5 now
WITH r AS (DELETE FROM hub.reject WHERE batch_id = $1::bigint),
     m AS (DELETE FROM hub.reject_untold WHERE batch_id = $1::bigint),
     c AS (DELETE FROM hub.receipt WHERE batch_id = $1::bigint),
     a AS (UPDATE hub.answer SET state = 'replaced' WHERE batch_id = $1::bigint
           OR kind = 'ack' AND batch_id = (SELECT upload_id FROM hub.batch WHERE batch_id = $1::bigint)),
     u AS (INSERT INTO hub.audit (at, who, what, object, reason)
           VALUES ($5::timestamptz, $2, 'batch ' || $4, hub.batch_name($1::bigint), $3))
UPDATE hub.batch SET state = 'received', finished_at = NULL, business_date = NULL, next_cutoff = NULL,
    overrides = CASE WHEN $4 = 'release' THEN overrides || code ELSE overrides END,
    feed = NULL, charset = NULL, delimiter = NULL, rows = NULL, accepted = NULL,
    repeated = NULL, rejected = NULL, sums = '{}', attempts = 0, code = NULL, seen = NULL, want = NULL,
    -- what was said when the upload was split is still so
    notices = CASE WHEN part_of IS NULL AND files > 1 THEN jsonb_path_query_array(notices, '$[*] ? (@.code == "E3087" || @.code == "E3130")') ELSE '[]' END
WHERE batch_id = $1::bigint
