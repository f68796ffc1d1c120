-- The bundle goes out without this kind, which could not be made. Parameters $1 bundle_id, $2 kind, $3 code, $4 reason
UPDATE hub.bundle SET lacks = lacks || jsonb_build_object($2::text, jsonb_build_object('code', $3::text, 'reason', $4::text))
WHERE bundle_id = $1::bigint
