-- The bytes of a file that waited without them are here. Parameters $1 batch_id, $2 file_id; $3 what is
-- said of it, "" for nothing, $4 what is wrong with that
WITH b AS (
    UPDATE hub.batch SET file_id = $2 WHERE batch_id = $1::bigint AND file_id IS NULL
    RETURNING batch_id)
INSERT INTO hub.totals (batch_id, said, fault)
SELECT batch_id, nullif($3, ''), $4::text FROM b WHERE $3 <> '' OR $4::text IS NOT NULL
