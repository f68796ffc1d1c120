-- A bundle that was begun and holds nothing yet is begun anew where it would tell of what it is older than: its day is over, files were
-- loaded since, or its number was given anew when a backup was put back (roles/restored.sql). What it is to be named by then; else no
-- row. One that a killed run began a moment ago stays what it is. Parameters $1 bundle_id, $2 the business date it is
WITH own AS (
    SELECT b.agency, b.seq, least(b.seq, (SELECT min(d.seq) FROM hub.bundle d
                                          WHERE d.agency = b.agency AND d.business_date = $2 AND d.bundle_id <> b.bundle_id)) AS first
    FROM hub.bundle b
    WHERE b.bundle_id = $1::bigint
      AND (b.business_date <> $2 OR NOT b.settings ? 'nth' OR EXISTS (SELECT 1 FROM hub.batch t WHERE t.finished_at > b.created_at))
)
SELECT o.seq AS sequence, o.seq - coalesce((SELECT max(seq) FROM hub.bundle d WHERE d.agency = o.agency AND d.seq < o.first), 0) AS nth
FROM own o
