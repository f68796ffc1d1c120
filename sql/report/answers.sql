-- What the partner was told of a file. Parameter $1 batch_id
SELECT kind, name AS file, bytes, file_id AS sha256, state,
       date_trunc('second', published_at) AS published, proof
FROM hub.answer WHERE batch_id = $1::bigint ORDER BY answer_id
