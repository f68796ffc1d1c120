-- A file is here; file_id NULL: not its bytes. Parameters $1 party, $2 name, $3 size, $4 mtime, $5 file_id, $6 now
INSERT INTO hub.batch (party, name, size, mtime, file_id, received_at)
VALUES ($1, $2, $3::bigint, $4::bigint, $5, $6::timestamptz)
RETURNING batch_id
