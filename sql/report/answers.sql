-- What the partner was told of a file. Parameter $1 batch_id
SELECT a.kind, a.name AS file, a.bytes, a.file_id AS sha256, a.state,
       date_trunc('second', a.published_at) AS published, a.proof
FROM hub.batch b
JOIN hub.answer a ON a.batch_id = b.batch_id OR a.batch_id = b.upload_id AND a.kind = 'ack'
WHERE b.batch_id = $1::bigint ORDER BY a.answer_id
