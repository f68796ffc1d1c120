-- What is said of a file beside it, and why that cannot be read. Parameter $1 batch_id
SELECT said, fault FROM hub.totals WHERE batch_id = $1::bigint
