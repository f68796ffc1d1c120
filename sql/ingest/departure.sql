-- Rules over the rows of a departure file; ingest/lines.sql goes on with stage_lines.
-- Takes   stage_departure (columns of feed/departure.xsd, line, bad, digest, head, keys), stage_reject
-- Leaves  stage_lines: one row a line; stage_archive: what the archive holds now
-- Setting hub.latest_time (YYYYMMDDhhmmss): what is dated later has not happened
-- Source  ceb-messages G-09, X-14, X-16

INSERT INTO stage_reject
SELECT line, rule.column_name, 'E4076', rule.seen, current_setting('hub.latest_time')
FROM stage_departure
CROSS JOIN LATERAL (VALUES ('arriveTime', arrive_time), ('leaveTime', leave_time)) rule (column_name, seen)
WHERE NOT bad AND rule.seen > (SELECT current_setting('hub.latest_time'));

CREATE TEMP VIEW stage_lines AS
SELECT subject_hash, issuer, number, ''::text AS part_key, gnum, true AS counted, line, digest,
       head, app_type, bad
FROM stage_departure;

CREATE OR REPLACE TEMP VIEW stage_archive AS
SELECT subject_hash, issuer, number, ''::text AS part_key, row_id, digest, app_type, batch_id
FROM hub.departure WHERE current;
