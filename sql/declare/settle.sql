-- What was aside or given up and a bundle has by now, or what it was made from is no more. Parameters $1 agency, $2 now
UPDATE hub.aside a SET state = s.state, ended_at = $2::timestamptz
FROM (SELECT a.subject_hash, a.aside_id,
             CASE WHEN EXISTS (SELECT 1 FROM hub.document d
                               WHERE d.subject_hash = a.subject_hash AND d.bundle_id >= a.bundle_id
                                 AND coalesce(d.first_guid, d.guid) = a.first_guid) THEN 'written'
                  WHEN a.row_id IS NOT NULL AND NOT EXISTS (
                      SELECT 1 FROM hub.thing t WHERE t.what = a.what AND t.subject_hash = a.subject_hash
                      AND t.row_id = a.row_id AND t.stands) THEN 'replaced' END AS state
      FROM hub.aside a WHERE a.agency = $1 AND a.state IN ('aside', 'dropped')) s
WHERE a.subject_hash = s.subject_hash AND a.aside_id = s.aside_id AND s.state IS NOT NULL
