-- It was read back from the other side. Parameters $1 bundle_id, $2 proof (jsonb), $3 now
WITH d AS (INSERT INTO hub.delivery VALUES ($1::bigint, $3::timestamptz, $2::jsonb)),
f AS (DELETE FROM hub.delivered_file WHERE bundle_id = $1::bigint)
UPDATE hub.bundle SET state = 'published', proof = $2::jsonb, published_at = $3::timestamptz
WHERE bundle_id = $1::bigint
