-- Received files, newest first. Parameters (NULL: any) $1 partner, $2 feed, $3 business date or day
-- received (YYYYMMDD), $4 state, $5 only failed ('true'), $6 limit
SELECT hub.batch_name(batch_id) AS batch, party AS partner, name AS file, feed, state,
       date_trunc('second', received_at) AS received, rows, accepted, repeated, rejected, code
FROM hub.batch
WHERE ($1::text IS NULL OR party = $1) AND ($2::text IS NULL OR feed = $2)
  AND ($3::text IS NULL OR business_date = $3 OR to_char(received_at, 'YYYYMMDD') = $3)
  AND ($4::text IS NULL OR state = $4)
  AND ($5::boolean IS NOT TRUE OR state IN ('held', 'rejected') OR rejected > 0)
ORDER BY batch_id DESC LIMIT $6::int
