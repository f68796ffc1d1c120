-- A file of a bundle was read back. Parameters $1 bundle_id, $2 its name
INSERT INTO hub.delivered_file VALUES ($1::bigint, $2) ON CONFLICT DO NOTHING
