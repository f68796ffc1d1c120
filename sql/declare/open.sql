-- The agency's bundle that was begun and not finished. Parameter $1 agency
SELECT bundle_id, state = 'begun' AS begun FROM hub.bundle
WHERE agency = $1 AND state IN ('begun', 'open') ORDER BY seq LIMIT 1
