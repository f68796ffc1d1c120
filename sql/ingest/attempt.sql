-- A parsing child died over this batch. Parameter $1 batch_id
UPDATE hub.batch SET attempts = attempts + 1 WHERE batch_id = $1::bigint
