-- The refused lines of a batch, ascending. Parameter $1 batch_id
SELECT DISTINCT line FROM hub.reject WHERE batch_id = $1::bigint ORDER BY line
