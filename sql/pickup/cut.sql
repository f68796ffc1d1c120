-- The newest file of that name that is held since it was cut off, if one is. Parameters $1 party, $2 name
SELECT upload_id, size, file_id FROM hub.batch
WHERE party = $1 AND name = $2 AND state = 'held' AND code = 'E3045' AND part_of IS NULL AND file_id IS NOT NULL
ORDER BY batch_id DESC LIMIT 1
