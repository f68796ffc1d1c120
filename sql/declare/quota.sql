-- Import lists of a bundle that is closed use their buyers' quota. Parameter $1 bundle_id
SELECT hub.settle_quota(array_agg(subject_hash))
FROM (SELECT DISTINCT subject_hash FROM hub.document WHERE bundle_id = $1::bigint AND kind = 'CEB621') d
WHERE EXISTS (SELECT 1 FROM hub.message WHERE bundle_id = $1::bigint AND kind = 'CEB621')
HAVING count(*) > 0
