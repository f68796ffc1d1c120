-- The bytes of a file that waited without them are here. Parameters $1 batch_id, $2 file_id
UPDATE hub.batch SET file_id = $2 WHERE batch_id = $1::bigint AND file_id IS NULL
