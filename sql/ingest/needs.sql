-- Rows that lack what the messages they end in must have. For feeds whose rows are in the stage as a whole; those of the three
-- flows have it in their XSDs, or are looked at once they are matched.
-- Takes   stage_<feed>, stage_asks where the feed's own statements know the direction of a row, need_column
-- Leaves  stage_reject filled; stage_asks (line, ie_flag) for all rows
--         need_fit: columns whose values an element may be too narrow for
-- Settings hub.feed, hub.rows, hub.names (column in SQL to its name in the file, jsonb)
DO $$
DECLARE
    stage text := (SELECT current_setting('hub.shape')::jsonb) ->> 'stage';
    need record;
BEGIN
    IF to_regclass('pg_temp.stage_asks') IS NULL THEN
        EXECUTE format('CREATE TEMP VIEW stage_asks AS SELECT line, ''''::text AS ie_flag FROM %I', stage);
    END IF;
    FOR need IN
        SELECT n.*, (SELECT current_setting('hub.names')::jsonb) ->> n.column_name AS name
        FROM need_column n
        WHERE n.feed = (SELECT current_setting('hub.rows')) AND (SELECT current_setting('hub.names')::jsonb) ? n.column_name
        ORDER BY n.column_name
    LOOP
        EXECUTE format('INSERT INTO stage_reject (line, column_name, code, seen, want)
            SELECT s.line, %L, ''E4061'', NULL, %L FROM %I s JOIN stage_asks a USING (line)
            WHERE NOT s.bad AND s.app_type <> ''3'' AND s.%I IS NULL AND a.ie_flag = ANY (%L)',
            need.name, need.kinds, stage, need.column_name, need.ie_flags);
    END LOOP;
    FOR need IN
        SELECT n.bad, n.name, min(n.told) AS told, array_agg(DISTINCT n.ie_flag) AS ie_flags
        FROM need_fit n
        WHERE n.feed = (SELECT current_setting('hub.feed')) AND NOT n.sealed
        GROUP BY n.bad, n.name ORDER BY n.name
    LOOP
        EXECUTE format('INSERT INTO stage_reject (line, column_name, code, seen, want)
            SELECT v.line, %L, ''E4110'', NULL, %L FROM %I v JOIN stage_asks a USING (line)
            WHERE NOT v.bad AND v.app_type <> ''3'' AND (%s) AND a.ie_flag = ANY (%L)',
            need.name, need.told, stage, need.bad, need.ie_flags);
    END LOOP;
END $$
