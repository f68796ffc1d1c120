-- Rules over the rows of a status file.
-- Takes   stage_status (columns of feed/status.xsd, and ours)     Grows  stage_reject
-- Setting hub.latest_time (YYYYMMDDhhmmss): what is dated later has not happened
-- Source  ceb-messages section 1.7

INSERT INTO stage_reject
SELECT line, 'logisticsTime', 'E4076', logistics_time, (SELECT current_setting('hub.latest_time'))
FROM stage_status WHERE NOT bad AND logistics_time > (SELECT current_setting('hub.latest_time'));
