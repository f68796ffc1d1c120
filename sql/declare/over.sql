-- Imports whose buyers have no quota left, and trades whose list is over there, are broken instead of declared.
-- Takes over_now, closed_now. Parameter $1 bundle_id
SELECT CASE WHEN EXISTS (SELECT 1 FROM over_now) THEN hub.break_over_quota(to_date(left(app_time, 8), 'YYYYMMDD'))::text END,
       (SELECT hub.break_closed(array_agg(agency), array_agg(subject_hash), array_agg(issuer), array_agg(order_no), array_agg(invt_no))::text
        FROM closed_now HAVING count(*) > 0)
FROM hub.bundle WHERE bundle_id = $1::bigint
