-- Files that wait for a person, oldest first.
SELECT hub.batch_name(batch_id) AS batch, party AS partner, name AS file,
       date_trunc('second', received_at) AS received, code, seen, want
FROM hub.batch WHERE state = 'held' ORDER BY batch_id LIMIT 100
