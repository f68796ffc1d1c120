-- A party's next batch to load, in the order of arrival; whoever holds its row works on it.
-- Leaves one row: batch_id, party, name, file_id, size, attempts. Parameters $1 party, $2 greater than this id
SELECT batch_id, party, name, file_id, size, attempts
FROM hub.batch
WHERE state = 'received' AND party = $1 AND batch_id > $2::bigint
ORDER BY batch_id
LIMIT 1
FOR UPDATE SKIP LOCKED
