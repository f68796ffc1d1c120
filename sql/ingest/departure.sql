-- Rules over the rows of a departure file.
-- Takes   stage_departure (columns of feed/departure.xsd, and ours)     Grows  stage_reject
-- Setting hub.latest_time (YYYYMMDDhhmmss): what is dated later has not happened
-- Source  ceb-messages G-09, X-14, X-16

INSERT INTO stage_reject
SELECT line, rule.column_name, 'E4076', rule.seen, (SELECT current_setting('hub.latest_time'))
FROM stage_departure
CROSS JOIN LATERAL (VALUES ('arriveTime', arrive_time), ('leaveTime', leave_time)) rule (column_name, seen)
WHERE NOT bad AND rule.seen > (SELECT current_setting('hub.latest_time'));
