-- A file's errors by column and code. Parameter $1 batch_id
SELECT code, nullif(column_name, '') AS column, count(*) AS errors, count(DISTINCT line) AS rows,
       min(line) AS first_line, min(want) AS want
FROM hub.reject WHERE batch_id = $1::bigint
GROUP BY code, column_name ORDER BY errors DESC, code, column_name
