-- The next batch to load; whoever holds its row works on it.
-- Leaves one row: batch_id, party, name, file_id, size, attempts. Parameter $1: greater than this id
SELECT batch_id, party, name, file_id, size, attempts
FROM hub.batch
WHERE state = 'received' AND batch_id > $1::bigint
ORDER BY batch_id
LIMIT 1
FOR UPDATE SKIP LOCKED
