-- Files that wait for a person, oldest first, and what to type for the first thing that can be done; also those whose
-- bytes are damaged and were found nowhere else (jobs/mend.h): who has them is asked first; also answers and bundles that
-- could not be made again.
SELECT batch, partner, file, entry, received, code, seen, want, next FROM (
SELECT b.batch_id, hub.batch_name(b.batch_id) AS batch, b.party AS partner, b.name AS file,
       CASE WHEN b.files > 1 THEN b.entry END AS entry,
       date_trunc('second', b.received_at) AS received,
       CASE WHEN d.file_id IS NULL THEN b.code ELSE 'E1005' END AS code, coalesce(d.why, b.seen) AS seen, b.want,
       CASE WHEN d.file_id IS NOT NULL THEN b.party || ' uploads it again, unchanged; or ' ELSE '' END
       || (SELECT command FROM hub.batch_action a WHERE a.batch_id = b.batch_id ORDER BY nth LIMIT 1) AS next
FROM hub.batch b LEFT JOIN hub.damaged_file d USING (file_id)
WHERE b.state = 'held' OR d.file_id IS NOT NULL AND b.state <> 'discarded' AND NOT b.lost
UNION ALL
SELECT NULL, NULL, d.party, coalesce((SELECT min(name) FROM hub.bundle WHERE file_id = d.file_id),
                                     (SELECT min(name) FROM hub.answer WHERE file_id = d.file_id)),
       NULL, date_trunc('second', d.since), 'E1005', d.why, NULL, 'landport run publish'
FROM hub.damaged_file d WHERE NOT EXISTS (SELECT 1 FROM hub.batch b WHERE b.file_id = d.file_id)
) h ORDER BY batch_id, file LIMIT 100
