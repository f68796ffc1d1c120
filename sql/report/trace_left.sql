-- What of reports or rows of feeds could not be written. Parameter $1 the word (hub.subjects_named)
SELECT p.agency, p.kind, p.subject AS of, CASE p.state WHEN 'dropped' THEN 'given up' ELSE p.state END AS state, date_trunc('second', p.since) AS since,
       p.place AS rows, p.code, p.reason, CASE WHEN p.state IN ('aside', 'dropped', 'waiting') THEN p.next END AS next, NULL::text AS want
FROM hub.subjects_named($1) n
JOIN hub.aside_place p ON p.subject_hash = n.subject_hash AND p.issuer = n.issuer AND p.number = n.number
WHERE p.what NOT IN ('trade', 'void') AND p.state NOT IN ('written', 'replaced')
ORDER BY p.aside_id
