-- A file is here; file_id NULL: not its bytes. Parameters $1 party, $2 name, $3 size, $4 mtime, $5 file_id,
-- $6 now; $7 what is said of it, "" for nothing, $8 what is wrong with that
WITH b AS (
    INSERT INTO hub.batch (party, name, size, mtime, file_id, received_at)
    VALUES ($1, $2, $3::bigint, $4::bigint, $5, $6::timestamptz)
    RETURNING batch_id),
t AS (
    INSERT INTO hub.totals (batch_id, said, fault)
    SELECT batch_id, nullif($7, ''), $8::text FROM b WHERE $7 <> '' OR $8::text IS NOT NULL)
SELECT batch_id FROM b
