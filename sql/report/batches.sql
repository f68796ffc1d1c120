-- Received files, newest first. Parameters (NULL: any) $1 batch_ids, $2 partner, $3 feed, $4 business
-- date or day received (YYYYMMDD), $5 state, $6 only failed ('true'), $7 limit
SELECT hub.batch_name(batch_id) AS batch, party AS partner, name AS file,
       CASE WHEN files > 1 THEN entry END AS entry, feed, state,
       date_trunc('second', received_at) AS received, rows, accepted, repeated, rejected, code
FROM hub.find_batches($1::bigint[], $2, $3, $4, $5, $6::boolean)
ORDER BY batch_id DESC LIMIT $7::int
