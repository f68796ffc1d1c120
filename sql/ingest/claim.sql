-- A party's next batch to load, in the order of arrival; whoever holds its row works on it.
-- A file over its partner's limit (E3052) has no bytes yet: it is held, and once released pickup's.
-- Leaves one row: batch_id, party, name, file_id, size, attempts, overrides, received_at (epoch seconds).
-- Parameters $1 party, $2 greater than this id
SELECT batch_id, party, name, file_id, size, attempts, overrides::text, extract(epoch FROM received_at)::bigint
FROM hub.batch
WHERE state = 'received' AND party = $1 AND batch_id > $2::bigint
  AND (file_id IS NOT NULL OR NOT 'E3052' = ANY (overrides))
ORDER BY batch_id
LIMIT 1
FOR UPDATE SKIP LOCKED
