-- What there is to say of batches of an upload: why they are held or refused as a whole, and that it takes the place of
-- one that was taken too early. Parameter $1 upload_id
SELECT batch_id, code, seen, want, hub.batch_name(replaces) FROM hub.batch
WHERE upload_id = $1::bigint AND (code IS NOT NULL OR replaces IS NOT NULL)
