-- Files that wait for a person, oldest first, and what to type for the first thing that can be done.
SELECT hub.batch_name(b.batch_id) AS batch, b.party AS partner, b.name AS file,
       CASE WHEN b.files > 1 THEN b.entry END AS entry,
       date_trunc('second', b.received_at) AS received, b.code, b.seen, b.want,
       (SELECT command FROM hub.batch_action a WHERE a.batch_id = b.batch_id ORDER BY nth LIMIT 1) AS next
FROM hub.batch b WHERE b.state = 'held' ORDER BY b.batch_id LIMIT 100
