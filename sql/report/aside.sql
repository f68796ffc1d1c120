-- Documents that could not be written, oldest first, and what to type. Parameters $1 agency, $2 kind (NULL: any)
SELECT a.agency, a.kind, a.order_no AS number, a.place AS rows, b.name AS bundle, date_trunc('second', a.since) AS since,
       a.state, a.code, a.reason,
       'landport bundle retry ' || CASE a.state WHEN 'aside' THEN a.order_no ELSE '--all' END || ' --kind ' || a.kind
       || ' --reason "…"' AS next, NULL::text AS want
FROM hub.aside_place a JOIN hub.bundle b USING (bundle_id)
WHERE a.state IN ('aside', 'waiting') AND ($1::text IS NULL OR a.agency = $1) AND ($2::text IS NULL OR a.kind = $2)
ORDER BY a.aside_id LIMIT 100
