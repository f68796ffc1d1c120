-- SCOREBOOK: sellers' months as a workbook, with who reports and when.

-- include: month.sql

-- level:
SELECT message_no, (SELECT current_setting('hub.org_name')) AS sender,
       (SELECT to_char(to_date(left(current_setting('hub.app_time'), 8), 'YYYYMMDD'), 'YYYY-MM-DD')) AS day
FROM hub.message
WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND kind = (SELECT current_setting('hub.kind'))
ORDER BY message_no
