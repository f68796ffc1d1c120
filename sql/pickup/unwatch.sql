-- It lies there no more. Parameter $1 upload_id
DELETE FROM hub.watch WHERE upload_id = $1::bigint
