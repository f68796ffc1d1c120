-- One piece of an archived file. Parameters $1 file_id, $2 chunk
SELECT bytes, encode(data, 'hex') AS data, encode(salt, 'hex') AS salt, last FROM hub.archive_file
WHERE file_id = $1 AND chunk = $2::int
