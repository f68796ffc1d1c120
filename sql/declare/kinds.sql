-- The kinds a bundle has messages of, in the order its agency had when it took them. Parameter $1 bundle_id
SELECT m.kind, sum(m.documents) AS documents
FROM hub.message m
JOIN hub.bundle b ON b.bundle_id = m.bundle_id
WHERE m.bundle_id = $1::bigint
GROUP BY m.kind, b.kinds
ORDER BY array_position(b.kinds, m.kind)
