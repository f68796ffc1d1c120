-- A file for the partner. Parameters $1 batch_id, $2 kind, $3 suffix, $4 file_id, $5 bytes
INSERT INTO hub.answer (batch_id, party, kind, name, file_id, bytes)
SELECT batch_id, party, $2, name || $3, $4, $5::bigint FROM hub.batch WHERE batch_id = $1::bigint
