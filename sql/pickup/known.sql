-- The upload this remote file is, registered but not yet moved away; file_id NULL: not downloaded,
-- since it is over its partner's limit, unless somebody has released it. Else the one it is more of (grew): it was
-- taken before its writer was done and was fetched back.
-- Parameters $1 party, $2 name, $3 size, $4 mtime, $5 is it taken
SELECT upload_id, file_id, state, released, grew
FROM (SELECT 1 AS nth, upload_id, item, file_id, state, 'E3052' = ANY (overrides) AS released, false AS grew FROM hub.batch
      WHERE party = $1 AND name = $2 AND size = $3::bigint AND mtime = $4::bigint AND NOT moved
      UNION ALL
      SELECT 2, w.upload_id, 0, b.file_id, b.state, false, true
      FROM hub.watch w JOIN hub.batch b ON b.batch_id = w.upload_id
      WHERE w.party = $1 AND w.grew AND b.name = $2 AND $5::boolean) k
ORDER BY nth, upload_id DESC, item LIMIT 1
