-- A message (its file's name or its guid) or a bundle (its name), as where its documents are. Parameter $1 the word
SELECT bundle_id, kind, before, before + documents AS last
FROM hub.message_span
WHERE guid = substring($1 FROM '([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?:\.[0-9A-Za-z]{1,8})?$')::uuid
UNION ALL
SELECT bundle_id, NULL, 0, 2147483647
FROM hub.bundle WHERE name = ANY (ARRAY[$1, $1 || '.zip', $1 || '.tar.zst'])
