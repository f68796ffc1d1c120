-- Parameter $1 batch_id
INSERT INTO hub.reject (batch_id, line, column_name, code, seen, want)
SELECT $1::bigint, line, column_name, code, seen, want FROM stage_reject ORDER BY line
