-- What is to be done, to which files, and whether their states allow it; what was not named and has come
-- to its end is left out. Parameters (NULL: any) $1 batch_ids, $2 partner, $3 feed, $4 day, $5 state, $6 only failed, $7 the action
SELECT b.batch_id, hub.batch_name(b.batch_id) AS batch, b.state, b.code, b.file_id,
       coalesce(bool_or(a.action = $7), false) AS possible, string_agg(a.action, ', ' ORDER BY a.nth) AS actions,
       min(d.why) AS damaged
FROM hub.find_batches($1::bigint[], $2, $3, $4, $5, $6::boolean) b
LEFT JOIN hub.batch_action a USING (batch_id)
LEFT JOIN hub.damaged_file d ON d.file_id = b.file_id AND NOT b.lost
WHERE $1::bigint[] IS NOT NULL OR b.state IN ('received', 'held', 'rejected')
   OR hub.nothing_taken(b.state, b.feed, b.accepted, b.repeated)
GROUP BY b.batch_id, b.state, b.code, b.file_id ORDER BY b.batch_id
