-- What a person can do with a file. Parameter $1 batch_id
SELECT command, effect FROM hub.batch_action WHERE batch_id = $1::bigint ORDER BY nth
