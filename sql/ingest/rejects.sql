-- Every error of a batch in the order of its lines. Setting hub.batch_id
SELECT line, column_name, code, seen, want FROM hub.reject
WHERE batch_id = current_setting('hub.batch_id')::bigint
ORDER BY line, code, column_name
