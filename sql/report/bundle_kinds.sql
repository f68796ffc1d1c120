-- A bundle's messages by kind. Parameter $1 name
SELECT m.kind, count(*) AS messages, sum(m.documents) AS documents, sum(m.bytes) AS bytes
FROM hub.message m JOIN hub.bundle b USING (bundle_id)
WHERE b.name = $1 GROUP BY m.kind ORDER BY m.kind
