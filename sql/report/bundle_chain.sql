-- What we know of a bundle and of the one before it. Parameter $1 name
SELECT b.file_id AS sha256, b.bytes, coalesce(p.name, g.name) AS previous, coalesce(p.file_id, g.file_id) AS previous_sha256
FROM hub.bundle b LEFT JOIN hub.bundle p ON p.agency = b.agency AND p.seq = b.seq - 1
LEFT JOIN hub.given g ON g.what = 'bundle' AND g.agency = b.agency AND g.number = b.seq - 1
WHERE b.name = $1
