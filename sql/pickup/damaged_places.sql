-- Where the bytes of a file were seen last: which batch's, its name, whether it lies in done/, bytes. Parameters
-- $1 file_id, $2 party
SELECT DISTINCT ON (upload_id) hub.batch_name(upload_id) AS upload, name, moved, size
FROM hub.batch WHERE file_id = $1 AND party = $2 ORDER BY upload_id DESC, batch_id
