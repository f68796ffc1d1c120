-- A file as if it had just come (hub.batch_again). Parameters $1 batch_id, $2 who, $3 reason, $4 the action (rerun, release), $5 now
SELECT hub.batch_again($1::bigint, $2, $3, $4, $5::timestamptz)
