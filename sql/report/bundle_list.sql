-- Bundles, newest first. Parameters (NULL: any) $1 agency, $2 business date
SELECT name AS bundle, agency, seq AS sequence, business_date, state, documents, bytes,
       date_trunc('second', closed_at) AS closed, date_trunc('second', published_at) AS published, archived
FROM hub.bundle
WHERE ($1::text IS NULL OR agency = $1) AND ($2::text IS NULL OR business_date = $2)
ORDER BY bundle_id DESC LIMIT 200
