-- A file's first errors. Parameter $1 batch_id
SELECT line, nullif(column_name, '') AS column, code, seen, want
FROM hub.reject WHERE batch_id = $1::bigint
ORDER BY line, column_name, code LIMIT 20
