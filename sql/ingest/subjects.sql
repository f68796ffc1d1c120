-- What the rows of a file are about, after the feed's own rules: of feeds that do not say it themselves, as orders do.
-- Setting hub.shape (jobs/load/judge.c): names of the stage, of its table in hub and of columns
-- Leaves  stage_one_row: one row a subject without rejects, where a subject is one row; else stage_several_rows: one row a line
--         stage_stored: what other files left of such subjects; stage_asks (line, ie_flag) if nobody made it
-- A row of stage_one_row that a rule refused is marked as bad like those that were refused when they were read: what comes
-- after this looks at one column.
DO $$
DECLARE
    shape jsonb := (SELECT current_setting('hub.shape')::jsonb);
    stage text := shape ->> 'stage';
    part text := CASE WHEN (shape ->> 'part')::boolean THEN 'part_key' ELSE '''''::text AS part_key' END;
BEGIN
    IF to_regclass('pg_temp.stage_subject') IS NOT NULL THEN
        RETURN;
    END IF;
    IF to_regclass('pg_temp.stage_asks') IS NULL THEN
        EXECUTE format('CREATE TEMP VIEW stage_asks AS SELECT line, ''''::text AS ie_flag FROM %I', stage);
    END IF;
    IF shape ->> 'line' IS NOT NULL THEN
        EXECUTE format('CREATE TEMP VIEW stage_several_rows AS
            SELECT subject_hash, issuer, %I AS number, %s, %I AS gnum, %L::boolean AS counted, line, first_line, digest, head, app_type, bad
            FROM %I', shape ->> 'number', part, shape ->> 'line', shape ->> 'counted', stage);
    ELSE
        IF EXISTS (SELECT 1 FROM stage_reject WHERE code >= 'E4') THEN
            EXECUTE format('UPDATE %I s SET bad = true FROM (SELECT DISTINCT line FROM stage_reject WHERE code >= ''E4'') r
                WHERE r.line = s.line AND NOT s.bad', stage);
        END IF;
        EXECUTE format('CREATE TEMP VIEW stage_one_row AS
            SELECT subject_hash, issuer, %I AS number, %s, again, line, digest, app_type FROM %I WHERE NOT bad',
            shape ->> 'number', part, stage);
    END IF;
    IF to_regclass('hub.' || quote_ident(shape ->> 'table')) IS NULL THEN   -- a trial before landport init has made it
        CREATE OR REPLACE TEMP VIEW stage_stored AS
        SELECT NULL::bigint AS subject_hash, ''::text AS issuer, ''::text AS number, ''::text AS part_key, NULL::bigint AS row_id,
               NULL::bigint AS digest, ''::text AS app_type, NULL::bigint AS batch_id WHERE false;
        RETURN;
    END IF;
    -- + 0: of an archive with one batch the planner knows that no row has another, and would expect none
    EXECUTE format('CREATE OR REPLACE TEMP VIEW stage_stored AS
        SELECT subject_hash, issuer, %I AS number, %s, row_id, digest, app_type, batch_id
        FROM hub.%I WHERE current AND batch_id + 0 <> (SELECT current_setting(''hub.batch_id'')::bigint)',
        shape ->> 'table_number', part, shape ->> 'table');
END $$
