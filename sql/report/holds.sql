-- Files that wait for a person, oldest first, and what to type for the first thing that can be done; also those whose
-- bytes are damaged and were found nowhere else (jobs/mend.h).
SELECT hub.batch_name(b.batch_id) AS batch, b.party AS partner, b.name AS file,
       CASE WHEN b.files > 1 THEN b.entry END AS entry,
       date_trunc('second', b.received_at) AS received,
       CASE WHEN d.file_id IS NULL THEN b.code ELSE 'E1005' END AS code, coalesce(d.why, b.seen) AS seen, b.want,
       (SELECT command FROM hub.batch_action a WHERE a.batch_id = b.batch_id ORDER BY nth LIMIT 1) AS next
FROM hub.batch b LEFT JOIN hub.damaged_file d USING (file_id)
WHERE b.state = 'held' OR d.file_id IS NOT NULL ORDER BY b.batch_id LIMIT 100
