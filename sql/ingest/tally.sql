-- Rules over the rows of a tally file; ingest/parts.sql goes on with stage_line.
-- Takes   stage_tally (columns of feed/tally.xsd, line, bad, digest, keys), stage_reject
-- Leaves  stage_line: one row a tally without rejects; stage_archive: what the archive holds now
-- Source  ceb-messages X-27

CREATE TEMP VIEW stage_line AS
SELECT subject_hash, issuer, number, ''::text AS part_key, true AS again, line, digest, app_type
FROM stage_tally s
WHERE NOT bad AND NOT EXISTS (SELECT 1 FROM stage_reject r WHERE r.line = s.line);

CREATE OR REPLACE TEMP VIEW stage_archive AS
SELECT subject_hash, issuer, number, ''::text AS part_key, row_id, digest, app_type, batch_id
FROM hub.tally WHERE current;
