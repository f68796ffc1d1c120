-- From now on its bytes may be read over there, and be answered, whether or not we hear of it. Parameters $1 bundle_id, $2 now
UPDATE hub.bundle SET offered_at = $2::timestamptz WHERE bundle_id = $1::bigint AND offered_at IS NULL
