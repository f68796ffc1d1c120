-- What a file says at its end, and what was counted. Parameters $1 batch_id, $2 trailer, $3 counted
INSERT INTO hub.totals (batch_id, trailer, counted) VALUES ($1::bigint, nullif($2, ''), $3)
ON CONFLICT (batch_id) DO UPDATE SET trailer = excluded.trailer, counted = excluded.counted
