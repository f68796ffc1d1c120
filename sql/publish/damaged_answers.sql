-- Answers that wait for their partner and whose bytes are to be made again, unless a file to be loaded has the same.
-- Parameter $1 file_id
SELECT answer_id, kind, name, batch_id FROM hub.answer
WHERE file_id = $1 AND state = 'ready' AND NOT EXISTS (SELECT 1 FROM hub.batch b WHERE b.file_id = $1 AND b.state = 'received')
ORDER BY answer_id
