-- Values that an element of their messages is too narrow for, of rows that are in the feed's tables already, before the feed's own
-- rules: of a feed whose direction is known. None of the columns we ship takes more than its elements.
-- Takes   need_fit     Grows  stage_reject     Settings hub.batch_id, hub.feed
DO $$
DECLARE
    need record;
BEGIN
    FOR need IN
        SELECT n.bad, n.name, n.table_name, n.is_line, min(n.told) AS told
        FROM need_fit n
        WHERE n.feed = (SELECT current_setting('hub.feed')) AND n.direction IS NOT NULL AND NOT n.sealed
          AND n.table_name IN (SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'line'
                               WHERE c.relnamespace = 'hub'::regnamespace)
        GROUP BY n.bad, n.name, n.table_name, n.is_line ORDER BY n.name
    LOOP
        EXECUTE format('INSERT INTO stage_reject (line, column_name, code, seen, want)
            SELECT v.line, %L, ''E4110'', NULL, %L FROM hub.%I v WHERE %s AND (%s)', need.name, need.told, need.table_name,
            CASE WHEN need.is_line THEN 'v.row_id >= hub.row_id($1, 0) AND v.row_id < hub.row_id($1 + 1, 0)' ELSE 'v.batch_id = $1' END,
            need.bad) USING (SELECT current_setting('hub.batch_id')::bigint);
    END LOOP;
END $$
