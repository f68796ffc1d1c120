-- The messages of one kind: at most so many documents each.
-- Parameters $1 bundle_id, $2 kind, $3 documents a message, $4 zone, $5 documents
INSERT INTO hub.message (bundle_id, kind, message_no, guid, documents)
SELECT b.bundle_id, $2, n, hub.guid($4, b.agency, $2, b.name, n::text, '', '1'),
       least($3::int, $5::int - (n - 1) * $3::int)
FROM hub.bundle b, generate_series(1, ($5::int + $3::int - 1) / $3::int) n
WHERE b.bundle_id = $1::bigint
