-- Why batches of an upload are held or refused as a whole. Parameter $1 upload_id
SELECT batch_id, code, seen, want FROM hub.batch WHERE upload_id = $1::bigint AND code IS NOT NULL
