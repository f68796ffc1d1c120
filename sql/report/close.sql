-- A file's held receipts were looked at, or its bytes are given up (hub.batch_close). Parameters $1 batch_id, $2 who, $3 reason, $4 the
-- action, $5 now
SELECT hub.batch_close($1::bigint, $2, $3, $4, $5::timestamptz)
