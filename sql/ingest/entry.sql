-- Rules over the rows of a entry file; ingest/lines.sql goes on with stage_lines.
-- Takes   stage_entry (columns of feed/entry.xsd, line, bad, digest, head, keys), stage_reject
-- Leaves  stage_lines: one row a line; stage_archive: what the archive holds now
-- Source  ceb-messages G-09

CREATE TEMP VIEW stage_lines AS
SELECT subject_hash, issuer, number, ''::text AS part_key, gnum, true AS counted, line, digest,
       head, app_type, bad
FROM stage_entry;

CREATE OR REPLACE TEMP VIEW stage_archive AS
SELECT subject_hash, issuer, number, ''::text AS part_key, row_id, digest, app_type, batch_id
FROM hub.entry WHERE current;
