-- Files that were picked up and are due to be looked at again. Parameters $1 party, $2 now
SELECT w.upload_id, b.name, w.place, w.size, w.mtime, w.grew, w.until <= $2::timestamptz AS over
FROM hub.watch w JOIN hub.batch b ON b.batch_id = w.upload_id
WHERE w.party = $1 AND w.look_at <= $2::timestamptz
ORDER BY w.upload_id
