-- Rows of feeds that are no part of a trade, each version. Parameter $1 number
SELECT f.feed, f.issuer, f.number, nullif(f.part_key, '') AS part,
       row_number() OVER (PARTITION BY f.feed, f.subject_hash, f.issuer, f.part_key ORDER BY b.upload_id, b.item, f.line) AS version,
       CASE WHEN NOT f.current THEN 'replaced' WHEN f.app_type = '3' THEN 'void' ELSE 'counts' END AS state,
       hub.batch_name(f.batch_id) AS batch, b.party AS partner, b.name AS file, CASE WHEN b.files > 1 THEN b.entry END AS entry,
       f.line & 2147483647 AS line, b.received_at AS received, b.archived, f.says AS "values"
FROM hub.feed_rows($1) f LEFT JOIN hub.batch b USING (batch_id)
ORDER BY f.feed, f.issuer, f.number, f.part_key, version
