-- The upload this remote file is, registered but not yet moved away; file_id NULL: not downloaded,
-- since it is over its partner's limit, unless somebody has released it.
-- Parameters $1 party, $2 name, $3 size, $4 mtime
SELECT upload_id, file_id, state, 'E3052' = ANY (overrides) AS released FROM hub.batch
WHERE party = $1 AND name = $2 AND size = $3::bigint AND mtime = $4::bigint AND NOT moved
ORDER BY upload_id DESC, item LIMIT 1
