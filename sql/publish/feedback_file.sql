-- A file of feedback for a partner. Parameters $1 party, $2 suffix, $3 file_id, $4 bytes. Takes feedback_name
INSERT INTO hub.answer (party, kind, name, file_id, bytes)
SELECT $1, 'feedback', name || $2, $3, $4::bigint FROM feedback_name
