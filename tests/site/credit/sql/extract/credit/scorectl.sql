-- SCORECTL: which files lie in the folder. Table `written`: a row a file of the bundle.

-- level:
SELECT 1 AS message_no, (SELECT current_setting('hub.org_code')) AS org_code, (SELECT current_setting('hub.org_name')) AS org_name,
       (SELECT to_char(to_date(left(current_setting('hub.app_time'), 8), 'YYYYMMDD'), 'YYYY-MM-DD')) AS day

-- level: File
SELECT 1 AS message_no, name, documents AS records, bytes, sha256 FROM written ORDER BY place
