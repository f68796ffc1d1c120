-- Documents that could not be written, also those that were given up, oldest first, and what to type. Parameters $1 agency, $2 kind (NULL: any)
SELECT a.agency, a.kind, a.subject AS number, a.place AS rows, coalesce(b.name, 'none') AS bundle, date_trunc('second', a.since) AS since,
       CASE a.state WHEN 'dropped' THEN 'given up' ELSE a.state END AS state, a.code, a.reason,
       a.next, NULL::text AS want
FROM hub.aside_place a LEFT JOIN hub.bundle b USING (bundle_id)
WHERE a.state IN ('aside', 'waiting', 'dropped') AND ($1::text IS NULL OR a.agency = $1) AND ($2::text IS NULL OR a.kind = $2)
ORDER BY a.aside_id LIMIT 100
