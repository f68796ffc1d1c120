-- A bundle by its name, with or without its extension. Parameter $1 name
SELECT bundle_id, name, state, file_id, bytes
FROM hub.bundle WHERE name = ANY (ARRAY[$1, $1 || '.zip', $1 || '.tar.zst'])
