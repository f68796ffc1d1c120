-- Which of these spool files the spool need not keep: everything that points to one has been at its end
-- since before $2, and originals and bundles are in the archive. What nothing points to is not ours to
-- judge: it stays. Parameters $1 file_ids, $2 moment
SELECT p.file_id
FROM (SELECT file_id, NOT lost AS original,
             (archived OR lost) AND moved AND state IN ('loaded', 'rejected', 'duplicate', 'discarded')
             AND coalesce(finished_at, received_at) < $2::timestamptz AS done
      FROM hub.batch WHERE file_id = ANY ($1::text[])
      UNION ALL
      SELECT file_id, true, archived AND state = 'published' AND published_at < $2::timestamptz
      FROM hub.bundle WHERE file_id = ANY ($1::text[])
      UNION ALL
      SELECT file_id, false,
             state = 'published' AND published_at < $2::timestamptz
             OR state = 'replaced' AND coalesce(published_at, '-infinity') < $2::timestamptz
      FROM hub.answer WHERE file_id = ANY ($1::text[])) AS p
GROUP BY p.file_id
HAVING bool_and(coalesce(p.done, false))
   AND (NOT bool_or(p.original)
        OR EXISTS (SELECT 1 FROM hub.archive_file AS s WHERE s.file_id = p.file_id))
ORDER BY p.file_id
