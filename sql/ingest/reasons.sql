-- Why batches of an upload are held or refused as a whole, that one takes the place of one that was taken too early
-- (E3092), and what else is told of them, in this order. Parameter $1 upload_id
SELECT batch_id, code, seen, want FROM (
    SELECT batch_id, -2 AS nth, code, seen, want FROM hub.batch WHERE upload_id = $1::bigint AND code IS NOT NULL
    UNION ALL
    SELECT batch_id, -1, 'E3092', NULL, hub.batch_name(replaces) FROM hub.batch
    WHERE upload_id = $1::bigint AND replaces IS NOT NULL
    UNION ALL
    SELECT batch_id, n.nth, n.notice ->> 'code', n.notice ->> 'seen', n.notice ->> 'want'
    FROM hub.batch b CROSS JOIN LATERAL jsonb_array_elements(b.notices) WITH ORDINALITY n (notice, nth)
    WHERE b.upload_id = $1::bigint) r
ORDER BY batch_id, nth
