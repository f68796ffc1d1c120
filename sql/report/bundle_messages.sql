-- A bundle's messages. Parameter $1 name
SELECT m.kind, m.message_no, upper(m.guid::text) AS guid, m.documents, m.name AS file, m.bytes, m.sha256
FROM hub.message m JOIN hub.bundle b USING (bundle_id)
WHERE b.name = $1 ORDER BY m.kind, m.message_no
