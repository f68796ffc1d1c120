-- A file's first errors. Parameter $1 batch_id
SELECT hub.line_place(b.sheets, r.line) AS line, nullif(r.column_name, '') AS column, r.code, r.seen,
       CASE WHEN r.code IN ('E3031', 'E4007', 'E4010') AND r.want ~ '^[0-9]{1,18}$'
            THEN hub.line_place(b.sheets, r.want::bigint) ELSE r.want END AS want
FROM hub.reject r JOIN hub.batch b USING (batch_id) WHERE r.batch_id = $1::bigint
ORDER BY r.line, r.column_name, r.code LIMIT 20
