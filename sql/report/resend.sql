-- Documents go into their agency's next bundle once more (hub.send_again). Parameters $1 subject_hash, $2 guid (arrays), $3 who, $4 reason,
-- $5 now, $6 bundle_id, $7 kind (NULL: any), $8 before, $9 last (as in report/resend_find.sql)
SELECT hub.send_again($1::bigint[], $2::uuid[], $3, $4, $5::timestamptz, $6::bigint, $7, $8::bigint, $9::bigint)
