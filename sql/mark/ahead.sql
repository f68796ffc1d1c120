-- What the spool has seen and this database does not know. Setting hub.mark (the spool's mark, "" where there is none)
-- Leaves rows: what (in words), known (in words)
WITH m AS (
    SELECT f[1] AS what, f[2] AS agency, f[3]::bigint AS number, nullif(f[4], '') AS name
    FROM string_to_table(coalesce((SELECT current_setting('hub.mark', true)), ''), E'\n') l
    CROSS JOIN LATERAL string_to_array(l, E'\t') f WHERE l <> ''
)
SELECT CASE m.what WHEN 'bundle' THEN 'bundle ' || coalesce(m.name, m.agency || ' ' || m.number)
                   WHEN 'batch' THEN 'batch ' || hub.batch_name(m.number) ELSE m.what || ' ' || m.number END AS seen,
       CASE WHEN n.number IS NULL THEN 'none' WHEN m.what = 'batch' THEN hub.batch_name(n.number)
            ELSE coalesce(n.name, n.number::text) END AS known,
       'put a newer backup of the database in its place; or landport init --restored --reason "…"' AS next
FROM m LEFT JOIN hub.numbers n USING (what, agency)
WHERE m.number > coalesce(n.number, 0)
ORDER BY m.what = 'run', m.what = 'batch', m.agency
