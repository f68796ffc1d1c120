-- What we know of a bundle and of the one before it. Parameter $1 name
SELECT b.file_id, b.bytes, p.name, p.file_id
FROM hub.bundle b LEFT JOIN hub.bundle p ON p.agency = b.agency AND p.seq = b.seq - 1
WHERE b.name = $1
