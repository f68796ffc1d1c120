-- Remember a listing's entry; one row: how many seconds it has been the same. One that has grown since the last
-- listing is being written under the name it is picked up by.
-- Parameters $1 party, $2 name, $3 size, $4 mtime, $5 now
WITH grown AS (
    INSERT INTO hub.upload_habit AS h (party, times, last_at, last_name)
    SELECT party, 1, $5::timestamptz, name FROM hub.seen
    WHERE party = $1 AND name = $2 AND size < $3::bigint AND left(name, 7) <> '.taken.'
    ON CONFLICT (party) DO UPDATE SET
        times = h.times + 1, last_at = excluded.last_at, last_name = excluded.last_name)
INSERT INTO hub.seen AS s (party, name, size, mtime, since)
VALUES ($1, $2, $3::bigint, $4::bigint, $5::timestamptz)
ON CONFLICT (party, name) DO UPDATE SET
    size = excluded.size, mtime = excluded.mtime,
    since = CASE WHEN (s.size, s.mtime) = (excluded.size, excluded.mtime) THEN s.since
            ELSE excluded.since END
RETURNING extract(epoch FROM $5::timestamptz - since)::bigint
