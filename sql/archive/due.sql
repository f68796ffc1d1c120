-- Files whose work is done and which are not in the archive: one row a spool file. Those that were given up are not asked for.
SELECT file_id FROM hub.batch
WHERE NOT archived AND NOT lost AND moved AND file_id IS NOT NULL AND state IN ('loaded', 'rejected', 'duplicate', 'discarded')
UNION
SELECT file_id FROM hub.bundle WHERE NOT archived AND state = 'published'
ORDER BY file_id
