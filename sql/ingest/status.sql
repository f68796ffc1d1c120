-- Rules over the rows of a status file; ingest/parts.sql goes on with stage_line.
-- Takes   stage_status (columns of feed/status.xsd, line, bad, digest, keys), stage_reject
-- Leaves  stage_line: one row the state of a waybill without rejects; stage_archive: what the archive holds now
-- Setting hub.latest_time (YYYYMMDDhhmmss): what is dated later has not happened
-- Source  ceb-messages section 1.7

INSERT INTO stage_reject
SELECT line, 'logisticsTime', 'E4076', logistics_time, current_setting('hub.latest_time')
FROM stage_status WHERE NOT bad AND logistics_time > (SELECT current_setting('hub.latest_time'));

CREATE TEMP VIEW stage_line AS
SELECT subject_hash, issuer, number, ''::text AS part_key, true AS again, line, digest, app_type
FROM stage_status s
WHERE NOT bad AND NOT EXISTS (SELECT 1 FROM stage_reject r WHERE r.line = s.line);

CREATE OR REPLACE TEMP VIEW stage_archive AS
SELECT subject_hash, issuer, number, ''::text AS part_key, row_id, digest, app_type, batch_id
FROM hub.waybill_status WHERE current;
