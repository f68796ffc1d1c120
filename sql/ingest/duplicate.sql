-- The batch whose content this is: same partner, same bytes, loaded before; of an upload with several
-- data files all must be. A change that came before its original may have found it meanwhile. The whole of a file that was
-- taken too early is judged whatever came before, since its half was.
-- Parameters $1 party, $2 file_id, $3 upload_id, $4 item (NULL: the whole upload)
SELECT min(original) FROM (
    SELECT CASE WHEN $4::int IS NULL THEN upload_id ELSE min(batch_id) END AS original
    FROM hub.batch b
    WHERE party = $1 AND file_id = $2 AND upload_id < $3::bigint AND ($4::int IS NULL OR item = $4::int)
    GROUP BY upload_id
    HAVING bool_and(CASE state WHEN 'duplicate' THEN $4::int IS NULL ELSE state = 'loaded' END
           AND NOT EXISTS (SELECT 1 FROM hub.reject r WHERE r.batch_id = b.batch_id AND r.code = 'E4009'))
       AND bool_or(state = 'loaded')) earlier
HAVING min(original) IS NOT NULL
   AND (SELECT replaces FROM hub.batch WHERE batch_id = $3::bigint) IS NULL
