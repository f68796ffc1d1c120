-- Its writer had not been done: it is fetched back. Parameters $1 upload_id, $2 now, $3 seconds to watch it for
WITH w AS (
    UPDATE hub.watch w SET grew = true, look_at = $2::timestamptz,
        until = greatest(until, $2::timestamptz + make_interval(secs => $3::int))
    FROM (SELECT upload_id, grew FROM hub.watch WHERE upload_id = $1::bigint) old
    WHERE w.upload_id = old.upload_id
    RETURNING w.upload_id, w.party, old.grew)
INSERT INTO hub.upload_habit AS h (party, times, last_at, last_name)
SELECT w.party, 1, $2::timestamptz, b.name FROM w JOIN hub.batch b ON b.batch_id = w.upload_id WHERE NOT w.grew
ON CONFLICT (party) DO UPDATE SET times = h.times + 1, last_at = excluded.last_at, last_name = excluded.last_name
