-- A file's errors by column and code. Parameter $1 batch_id
SELECT r.code, nullif(r.column_name, '') AS column, count(*) AS errors, count(DISTINCT r.line) AS rows,
       hub.line_place(b.sheets, min(r.line)) AS first_line, min(r.want) AS want
FROM hub.reject r JOIN hub.batch b USING (batch_id) WHERE r.batch_id = $1::bigint
GROUP BY r.code, r.column_name, b.sheets ORDER BY errors DESC, r.code, r.column_name
