-- Remember a listing's entry; one row: how many seconds it has been the same.
-- Parameters $1 party, $2 name, $3 size, $4 mtime, $5 now
INSERT INTO hub.seen AS s (party, name, size, mtime, since)
VALUES ($1, $2, $3::bigint, $4::bigint, $5::timestamptz)
ON CONFLICT (party, name) DO UPDATE SET
    size = excluded.size, mtime = excluded.mtime,
    since = CASE WHEN (s.size, s.mtime) = (excluded.size, excluded.mtime) THEN s.since
            ELSE excluded.since END
RETURNING extract(epoch FROM $5::timestamptz - since)::bigint
