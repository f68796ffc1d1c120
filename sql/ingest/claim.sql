-- A party's next batches to load, in the order of arrival, the data files of an upload before the next
-- upload. Nothing passes one that somebody else works on: it is waited for, and so is what comes behind it.
-- A file over its partner's limit (E3052) has no bytes yet: it is held, and once released pickup's.
-- Leaves rows: batch_id, party, name, file_id, size, attempts, overrides, received (epoch seconds),
-- upload_id, item, entry, files, replaces (the upload it is the whole of). Parameters $1 party, $2, $3 after this upload_id and item,
-- $4 so many at most
SELECT batch_id, party, name, file_id, size, attempts, overrides::text, extract(epoch FROM received_at)::bigint AS received,
       upload_id, item, entry, files,
       (SELECT u.replaces FROM hub.batch u WHERE u.batch_id = b.upload_id) AS replaces
FROM hub.batch b
WHERE state = 'received' AND party = $1 AND (upload_id, item) > ($2::bigint, $3::int)
  AND (file_id IS NOT NULL OR NOT 'E3052' = ANY (overrides))
ORDER BY upload_id, item
LIMIT $4::int
FOR UPDATE
