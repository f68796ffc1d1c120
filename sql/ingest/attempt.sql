-- Why this batch was not read this time, and how often it was its own fault. Parameters $1 batch_id, $2 1 or 0,
-- $3 code, $4 what was seen
UPDATE hub.batch SET attempts = attempts + $2::int, code = $3, seen = $4 WHERE batch_id = $1::bigint
