-- Is a bundle due: something is ready that the agency takes, or the business date has none yet.
-- What it does not take is forgotten, once a bundle was begun without it (its last one's kinds may have left the configuration by a slip,
-- declare/waits.sql), but for voids: what was declared stands over there until it is withdrawn (hub.untold_void).
-- Parameters $1 agency, $2 business date, $3 its kinds (array)
WITH useless AS (
    DELETE FROM hub.ready r
    WHERE r.agency = $1 AND r.what NOT IN ('trade', 'void') AND r.what NOT LIKE 'void %'
      AND NOT EXISTS (SELECT 1 FROM hub.asks m WHERE m.what = r.what AND m.folder IN ('', hub.folder_of($1)) AND m.kind = ANY ($3::text[]))
      AND NOT EXISTS (SELECT 1 FROM hub.asks m
                      JOIN (SELECT kinds FROM hub.bundle WHERE agency = $1 ORDER BY seq DESC LIMIT 1) b ON m.kind = ANY (b.kinds)
                      WHERE m.what = r.what AND m.folder IN ('', hub.folder_of($1)))
), asks AS MATERIALIZED (
    SELECT what, trade_mode, ie_flag FROM hub.asks
    WHERE folder IN ('', hub.folder_of($1)) AND kind = ANY ($3::text[])
      AND valid_from <= to_date($2, 'YYYYMMDD') AND (valid_until IS NULL OR valid_until > to_date($2, 'YYYYMMDD'))
)
SELECT EXISTS (SELECT 1 FROM hub.ready r
               LEFT JOIN hub.trade_order o ON r.what IN ('trade', 'void') AND o.subject_hash = r.subject_hash
                                          AND o.row_id = r.row_id
               WHERE r.agency = $1 AND NOT r.held AND (r.what <> 'trade' OR o.current)
                 AND EXISTS (SELECT 1 FROM asks m
                             WHERE m.what = r.what AND (r.what NOT IN ('trade', 'void')
                                   OR m.trade_mode IN (o.trade_mode, '') AND m.ie_flag = CASE o.order_type WHEN 'I' THEN 'I' ELSE 'E' END)))
    OR NOT EXISTS (SELECT 1 FROM hub.bundle WHERE agency = $1 AND business_date = $2)
