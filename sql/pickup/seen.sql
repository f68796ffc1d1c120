-- Remember a listing. One row an entry, in their order: how many seconds it has been the same, and how many visits
-- could not take it. Parameters $1 party, $2 names, $3 sizes, $4 mtimes (arrays, no name twice), $5 now,
-- $6 does a file's size say when it is complete: then one that has grown is being written under the name it is picked up by
WITH listed AS MATERIALIZED (
    SELECT * FROM unnest($2::text[], $3::bigint[], $4::bigint[]) WITH ORDINALITY l (name, size, mtime, nth)
), grown AS (
    INSERT INTO hub.upload_habit AS h (party, times, last_at, last_name)
    SELECT $1, count(*), $5::timestamptz, max(l.name)
    FROM listed l JOIN hub.seen s ON s.party = $1 AND s.name = l.name AND s.size < l.size
    WHERE left(l.name, 7) <> '.taken.' AND $6::boolean
    HAVING count(*) > 0
    ON CONFLICT (party) DO UPDATE SET
        times = h.times + excluded.times, last_at = excluded.last_at, last_name = excluded.last_name
), kept AS (
    INSERT INTO hub.seen AS s (party, name, size, mtime, since)
    SELECT $1, name, size, mtime, $5::timestamptz FROM listed
    ON CONFLICT (party, name) DO UPDATE SET
        size = excluded.size, mtime = excluded.mtime, since = excluded.since, failures = 0
    WHERE (s.size, s.mtime) <> (excluded.size, excluded.mtime)
)
SELECT CASE WHEN (s.size, s.mtime) = (l.size, l.mtime) THEN extract(epoch FROM $5::timestamptz - s.since)::bigint ELSE 0 END AS same_s,
       CASE WHEN (s.size, s.mtime) = (l.size, l.mtime) THEN s.failures ELSE 0 END AS failures
FROM listed l LEFT JOIN hub.seen s ON s.party = $1 AND s.name = l.name
ORDER BY l.nth
