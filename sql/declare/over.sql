-- Imports whose buyers have no quota left are broken instead of declared. Takes over_now. Parameter $1 bundle_id
SELECT hub.break_over_quota(to_date(left(app_time, 8), 'YYYYMMDD')) FROM hub.bundle
WHERE bundle_id = $1::bigint AND EXISTS (SELECT FROM over_now)
