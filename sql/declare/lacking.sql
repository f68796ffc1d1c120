-- The kinds this bundle goes out without, since they could not be made. Parameter $1 bundle_id
SELECT k.key AS kind, k.value ->> 'code' AS code, k.value ->> 'reason' AS reason
FROM hub.bundle b CROSS JOIN LATERAL jsonb_each(b.lacks) k
WHERE b.bundle_id = $1::bigint
ORDER BY k.key
