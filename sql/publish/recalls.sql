-- Rejects files that lie in a partner's out/ and stand no more: what they were of was judged again, and the answer to that has no
-- file of the name. One whose file is still to be judged waits, since it may be written anew. Parameter $1 party
SELECT a.answer_id, a.name FROM hub.answer a
WHERE a.party = $1 AND a.kind = 'rejects' AND a.state = 'replaced' AND a.proof IS NOT NULL AND NOT a.recalled
  AND NOT EXISTS (SELECT 1 FROM hub.answer n WHERE n.party = a.party AND lower(n.name) = lower(a.name) AND n.answer_id > a.answer_id)
  AND NOT EXISTS (SELECT 1 FROM hub.batch b LEFT JOIN hub.batch w ON w.replaces = b.upload_id
                  WHERE b.batch_id = a.batch_id AND 'received' IN (b.state, w.state))
ORDER BY a.answer_id
