-- A bundle whose number was given anew when a backup was put back (roles/restored.sql): what it is to be named by; else no row.
-- Parameter $1 bundle_id
WITH own AS (
    SELECT b.agency, b.business_date, b.seq,
           (SELECT min(d.seq) FROM hub.bundle d WHERE d.agency = b.agency AND d.business_date = b.business_date) AS first
    FROM hub.bundle b WHERE b.bundle_id = $1::bigint AND NOT b.settings ? 'nth'
)
SELECT o.business_date, o.seq, o.seq - coalesce((SELECT max(seq) FROM hub.bundle d WHERE d.agency = o.agency AND d.seq < o.first), 0) AS nth
FROM own o
