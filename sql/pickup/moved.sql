-- The remote file lies where it was moved to, and is watched there. Parameters $1 upload_id, $2 its path there
-- (NULL: deleted), $3 size, $4 mtime as read, $5 now, $6 seconds to watch it for
WITH b AS (UPDATE hub.batch SET moved = true WHERE upload_id = $1::bigint RETURNING batch_id, upload_id, party, name, file_id),
w AS (
    INSERT INTO hub.watch AS w (upload_id, party, place, size, mtime, taken_at, look_at, until)
    SELECT upload_id, party, $2::text, $3::bigint, $4::bigint, $5::timestamptz, $5::timestamptz,
           $5::timestamptz + make_interval(secs => $6::int)
    FROM b WHERE batch_id = upload_id AND file_id IS NOT NULL AND $2::text IS NOT NULL AND $6::int > 0
    ON CONFLICT (upload_id) DO UPDATE SET place = excluded.place, size = excluded.size, mtime = excluded.mtime,
        grew = false, taken_at = excluded.taken_at, look_at = excluded.look_at, until = excluded.until)
DELETE FROM hub.seen s USING b
WHERE s.party = b.party AND s.name IN (b.name, b.name || '.sum', b.name || '.SUM', '.taken.' || b.name)
