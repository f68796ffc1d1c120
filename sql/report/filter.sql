-- The first of these that no file can have, and what there is; what the configuration has is not asked. Parameters $1 partner, $2 feed, $3 state (NULL: any), $4 the states
SELECT option, word, known FROM (
    SELECT 1 AS nth, '--partner' AS option, $1 AS word,
           (SELECT string_agg(party, ', ' ORDER BY party) FROM (SELECT DISTINCT party FROM hub.batch ORDER BY party LIMIT 50) p) AS known
    WHERE $1::text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM hub.batch WHERE party = $1)
    UNION ALL
    SELECT 2, '--feed', $2, (SELECT string_agg(feed, ', ' ORDER BY feed) FROM (SELECT DISTINCT feed FROM hub.batch WHERE feed IS NOT NULL) f)
    WHERE $2::text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM hub.batch WHERE feed = $2)
    UNION ALL
    SELECT 3, '--state', $3, $4
    WHERE $3::text IS NOT NULL AND $3 <> ALL (string_to_array($4, ', '))) w
ORDER BY nth LIMIT 1
