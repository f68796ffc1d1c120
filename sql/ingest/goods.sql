-- Rules over the rows of a goods file; ingest/parts.sql goes on with stage_line.
-- Takes   stage_goods (columns of feed/goods.xsd, line, bad, digest, keys), stage_reject
-- Leaves  stage_line: one row an article without rejects; stage_archive: what the archive holds now
-- Source  ceb-messages X-10, X-13, G-13

INSERT INTO stage_reject
SELECT line, CASE WHEN rate2 IS NULL THEN 'rate2' ELSE 'unit2' END, 'E4020', NULL, NULL
FROM stage_goods WHERE NOT bad AND (rate2 IS NULL) <> (unit2 IS NULL);

CREATE TEMP VIEW stage_line AS
SELECT subject_hash, issuer, number, ''::text AS part_key, true AS again, line, digest, app_type
FROM stage_goods s
WHERE NOT bad AND NOT EXISTS (SELECT 1 FROM stage_reject r WHERE r.line = s.line);

CREATE OR REPLACE TEMP VIEW stage_archive AS
SELECT subject_hash, issuer, number, ''::text AS part_key, row_id, digest, app_type, batch_id
FROM hub.goods WHERE current;
