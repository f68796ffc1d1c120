-- Whose bytes the spool must still have: files that are not archived, bundles and answers that are not published.
SELECT file_id, min(what) AS what FROM (
    SELECT file_id, hub.batch_name(batch_id) || ' ' || party || ' ' || name AS what FROM hub.batch
    WHERE file_id IS NOT NULL AND NOT archived AND NOT lost
    UNION ALL
    SELECT file_id, name FROM hub.bundle WHERE state = 'closed' OR state = 'published' AND NOT archived
    UNION ALL
    SELECT file_id, party || ' ' || name FROM hub.answer WHERE state = 'ready') f
GROUP BY file_id ORDER BY what
