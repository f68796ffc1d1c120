-- What is known of these bytes from the same partner: the batch whose content this is, loaded before, and the first batch
-- that an operator holds (E3051), whatever its file is called; NULL: none. Of an upload with several
-- data files all must be. One of which nothing was taken (hub.nothing_taken) is none. A change that came before its original
-- (E4009) may have found it meanwhile, and one that was judged after what was received later (E4014) is sent again because it is
-- meant. The whole of a file that was taken too early is judged whatever came before, since its half was.
-- Parameters $1 party, $2 file_id, $3 upload_id, $4 item (NULL: the whole upload)
SELECT (SELECT min(original) FROM (
            SELECT CASE WHEN $4::int IS NULL THEN upload_id ELSE min(batch_id) END AS original
            FROM hub.batch b
            WHERE party = $1 AND file_id = $2 AND upload_id < $3::bigint AND ($4::int IS NULL OR item = $4::int)
            GROUP BY upload_id
            HAVING bool_and(CASE state WHEN 'duplicate' THEN $4::int IS NULL ELSE state = 'loaded' END
                   AND NOT hub.nothing_taken(state, feed, accepted, repeated)
                   AND NOT EXISTS (SELECT 1 FROM hub.reject r WHERE r.batch_id = b.batch_id AND r.code IN ('E4009', 'E4014')))
               AND bool_or(state = 'loaded')) earlier
        HAVING (SELECT replaces FROM hub.batch WHERE batch_id = $3::bigint) IS NULL) AS loaded,
       (SELECT hub.batch_name(min(held)) FROM (
            SELECT min(batch_id) AS held FROM hub.batch
            WHERE party = $1 AND file_id = $2 AND upload_id <> $3::bigint AND ($4::int IS NULL OR item = $4::int)
            GROUP BY upload_id
            HAVING bool_and(state = 'held' AND code = 'E3051')) stopped) AS held
