-- The bundle has its documents: it can be written, and what it took is not ready any more, but for
-- trades of which something waits for a receipt and reports that presume what is not so: they are held, and voids that none of the kinds tells. The transaction's snapshot keeps
-- what became ready since. The kinds are kept with the documents (hub.kinds): written in a later run the bundle has these,
-- whatever the configuration says by then. Parameters $1 agency, $2 bundle_id
WITH kept AS (
    UPDATE hub.ready r SET held = true, waits = true
    FROM ready_now n
    WHERE n.waits AND r.agency = $1 AND r.what = 'trade'
      AND r.subject_hash = n.subject_hash AND r.row_id = n.order_row
), stale AS (
    UPDATE hub.ready r SET held = true
    FROM stale_now s
    WHERE r.agency = $1 AND r.what = s.what AND r.subject_hash = s.subject_hash AND r.row_id = s.row_id
), taken AS (
    DELETE FROM hub.ready r
    WHERE agency = $1 AND NOT held
      AND NOT EXISTS (SELECT 1 FROM ready_now n WHERE n.waits AND r.what = 'trade'
                      AND n.subject_hash = r.subject_hash AND n.order_row = r.row_id)
      AND NOT EXISTS (SELECT 1 FROM stale_now s WHERE s.what = r.what AND s.subject_hash = r.subject_hash AND s.row_id = r.row_id)
      AND (r.what <> 'void' AND r.what NOT LIKE 'void %' OR EXISTS (SELECT 1 FROM things_now t WHERE t.what = r.what
                                       AND t.subject_hash = r.subject_hash AND t.row_id = r.row_id))
)
UPDATE hub.bundle SET state = 'open', kinds = string_to_array((SELECT current_setting('hub.kinds')), ',')
WHERE bundle_id = $2::bigint
