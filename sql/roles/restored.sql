-- landport init --restored, as the owner: a backup is in the place of a newer database, and a person goes on from there. What the mark is ahead of it counts
-- as given. A bundle that was begun under such a number and holds nothing yet gets the next, and its name when it takes its documents
-- (declare/renewed.sql). What waits to be published may have been, by the database that is lost. Setting hub.mark
-- Parameters $1 who, $2 reason, $3 now. Leaves a row a number
WITH m AS (
    SELECT f[1] AS what, f[2] AS agency, f[3]::bigint AS number, nullif(f[4], '') AS name, nullif(f[5], '') AS file_id
    FROM string_to_table(coalesce((SELECT current_setting('hub.mark', true)), ''), E'\n') l
    CROSS JOIN LATERAL string_to_array(l, E'\t') f
    LEFT JOIN hub.numbers n ON n.what = f[1] AND n.agency = f[2]
    WHERE l <> '' AND f[3]::bigint > coalesce(n.number, 0)
), g AS (
    INSERT INTO hub.given (what, agency, number, name, file_id)
    SELECT what, agency, number, name, file_id FROM m
), b AS (
    UPDATE hub.bundle b
    SET seq = m.number + 1, settings = b.settings - 'nth'
    FROM m WHERE m.what = 'bundle' AND b.agency = m.agency AND b.state = 'begun' AND b.seq <= m.number
), o AS (
    UPDATE hub.bundle SET offered_at = $3::timestamptz WHERE state = 'closed' AND offered_at IS NULL
), a AS (
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT $3::timestamptz, $1, 'init --restored', coalesce(name, what || ' ' || number), $2 FROM m
)
SELECT CASE what WHEN 'batch' THEN setval(pg_get_serial_sequence('hub.batch', 'batch_id'), number)
                 WHEN 'run' THEN setval(pg_get_serial_sequence('hub.job_run', 'run_id'), number) END AS set,
       CASE what WHEN 'batch' THEN hub.batch_name(number) ELSE coalesce(name, what || ' ' || number) END AS number
FROM m ORDER BY what, agency
