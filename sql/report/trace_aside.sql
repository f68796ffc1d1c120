-- What of a trade could not be written. Parameters $1 subject_hash, $2 issuer, $3 order_no
SELECT agency, kind, CASE state WHEN 'dropped' THEN 'given up' ELSE state END AS state, date_trunc('second', since) AS since, place AS rows,
       code, reason, CASE WHEN state IN ('aside', 'dropped', 'waiting') THEN next END AS next, NULL::text AS want
FROM hub.aside_place
WHERE subject_hash = $1::bigint AND issuer = $2 AND number = $3 AND state NOT IN ('written', 'replaced')
ORDER BY aside_id
