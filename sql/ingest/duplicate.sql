-- The batch whose content this is: same partner, same bytes, loaded before.
-- Parameters $1 party, $2 file_id, $3 batch_id
SELECT min(batch_id) FROM hub.batch
WHERE party = $1 AND file_id = $2 AND batch_id < $3::bigint AND state = 'loaded'
HAVING min(batch_id) IS NOT NULL
