-- manifest: what a bundle holds. Setting: hub.bundle_id. The table `written` (temporary) holds the
-- messages as they were written into it.

-- level:
SELECT 1 AS message_no, '1' AS format, b.name AS bundle, b.agency, b.settings ->> 'zone' AS zone,
       b.seq AS sequence, b.business_date,
       coalesce((SELECT p.file_id FROM hub.bundle p WHERE p.agency = b.agency AND p.seq = b.seq - 1),
                (SELECT g.file_id FROM hub.given g WHERE g.what = 'bundle' AND g.agency = b.agency AND g.number = b.seq - 1))
       AS previous_sha256,
       CASE WHEN b.test THEN 'true' ELSE 'false' END AS test,
       to_char(b.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created_at,
       (SELECT coalesce(sum(documents), 0) FROM written) AS documents
FROM hub.bundle b
WHERE b.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)

-- level: message
SELECT 1 AS message_no, name, kind,
       (SELECT nullif(settings ->> 'envelope', '') FROM hub.bundle
        WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)) AS envelope,
       documents, bytes, sha256
FROM written
ORDER BY place

-- level: sum
SELECT 1 AS message_no, s.kind, s.currency, s.amount
FROM hub.bundle_sum s JOIN (SELECT kind, min(place) AS place FROM written GROUP BY kind) w USING (kind)
WHERE s.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)
ORDER BY w.place, s.currency
