-- What of a bundle's files is over there already. Parameter $1 bundle_id
SELECT name FROM hub.delivered_file WHERE bundle_id = $1::bigint ORDER BY name COLLATE "C"
