-- The messages of a bundle as they were written, for the files that go with each. Parameter $1 bundle_id
SELECT w.name, upper(m.guid::text) AS guid, w.message_no, w.place
FROM written w JOIN hub.message m ON m.bundle_id = $1::bigint AND m.kind = w.kind AND m.message_no = w.message_no
ORDER BY w.place
