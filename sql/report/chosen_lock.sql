-- Nobody else moves these files until the end of the transaction. Parameters as in chosen.sql, but the action
SELECT batch_id FROM hub.batch
WHERE batch_id IN (SELECT batch_id FROM hub.find_batches($1::bigint[], $2, $3, $4, $5, $6::boolean))
  AND ($1::bigint[] IS NOT NULL OR state IN ('received', 'held', 'rejected')
       OR hub.nothing_taken(state, feed, accepted, repeated))
ORDER BY batch_id FOR UPDATE
