-- Tables of feeds that name none: hub.rows_<feed> and, where a thing takes several rows, hub.lines_<feed>, made of what their XSDs say and
-- grown where these have grown. A column that no XSD has any more stays, and is empty in new rows; so does a table. Columns of the feed
-- may all be empty in the database: its XSD says which may not, and rows from before a column have none.
-- Setting hub.feed_tables: [{"feed", "file", "rows", "lines", "named", "parts", "columns": [{"name", "element", "type", "sealed", "indexed", "line"}]}, …]
-- Leaves  feed_made: what was done and what was refused, a line each
CREATE TEMP TABLE IF NOT EXISTS feed_made (
    nth int GENERATED ALWAYS AS IDENTITY, refused boolean NOT NULL DEFAULT false, told text NOT NULL
) ON COMMIT DELETE ROWS;
CREATE OR REPLACE FUNCTION pg_temp.make_feed(feed jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    col record;
    was record;
    things text := feed ->> 'rows';
    lines text := feed ->> 'lines';
    into_table text;
    from_table text;
    filled boolean;
BEGIN
    IF to_regclass('hub.' || quote_ident(things)) IS NULL THEN
        EXECUTE format('CREATE TABLE hub.%I (
            subject_hash bigint NOT NULL, row_id bigint NOT NULL,
            issuer text NOT NULL, number text NOT NULL, part_key text NOT NULL,
            current boolean NOT NULL, batch_id bigint NOT NULL, line bigint NOT NULL, digest bigint NOT NULL,
            PRIMARY KEY (subject_hash, row_id))', things);
        EXECUTE format('CREATE INDEX %I ON hub.%I USING brin (batch_id) WITH (pages_per_range = 32)', things || '_batch', things);
        IF (feed ->> 'parts')::boolean THEN
            EXECUTE format('CREATE INDEX %I ON hub.%I (hashtextextended(part_key, 0))', things || '_part', things);
        END IF;
        EXECUTE format('COMMENT ON TABLE hub.%I IS %L', things, 'rows named by ' || (feed ->> 'named'));
        INSERT INTO feed_made (told) VALUES (format('hub.%s made for feed %s', things, feed ->> 'feed'));
    ELSIF obj_description(to_regclass('hub.' || quote_ident(things)), 'pg_class') <> 'rows named by ' || (feed ->> 'named') THEN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM hub.%I)', things) INTO filled;
        IF filled THEN
            RAISE EXCEPTION '%: its rows are named by % now, those in hub.% are %', feed ->> 'file', feed ->> 'named', things,
                obj_description(to_regclass('hub.' || quote_ident(things)), 'pg_class')
                USING HINT = 'what was uploaded could not be found again by it: give the feed another name, or mark the columns as they were';
        END IF;
        EXECUTE format('COMMENT ON TABLE hub.%I IS %L', things, 'rows named by ' || (feed ->> 'named'));
    END IF;
    IF lines IS NOT NULL AND to_regclass('hub.' || quote_ident(lines)) IS NULL THEN
        EXECUTE format('CREATE TABLE hub.%I (subject_hash bigint NOT NULL, row_id bigint NOT NULL, line bigint NOT NULL)', lines);
        EXECUTE format('CREATE INDEX %I ON hub.%I (row_id, line)', lines || '_row', lines);
        INSERT INTO feed_made (told) VALUES (format('hub.%s made for lines of feed %s', lines, feed ->> 'feed'));
    END IF;
    INSERT INTO hub.feed_table (table_name, feed, what, lines)
    SELECT t.name, feed ->> 'feed', feed ->> 'feed', t.lines
    FROM (VALUES (things, false), (lines, true)) t (name, lines) WHERE t.name IS NOT NULL
    ON CONFLICT DO NOTHING;

    FOR col IN SELECT * FROM jsonb_to_recordset(feed -> 'columns')
                            AS c (name text, element text, type text, sealed boolean, line boolean) LOOP
        into_table := CASE WHEN col.line THEN lines ELSE things END;
        from_table := CASE WHEN col.line THEN things ELSE lines END;
        IF EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass('hub.' || quote_ident(from_table))
                   AND a.attname = col.name AND a.attnum > 0 AND NOT a.attisdropped) THEN
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM hub.%I WHERE %I IS NOT NULL)', from_table, col.name) INTO filled;
            IF filled THEN
                RAISE EXCEPTION '%: column % is one of a thing''s % now, its values are in hub.%', feed ->> 'file', col.element,
                    CASE WHEN col.line THEN 'lines' ELSE 'head' END, from_table
                    USING HINT = 'leave it on its side of lp:line, or give the column another name';
            END IF;
        END IF;
        SELECT format_type(a.atttypid, a.atttypmod) AS type,
               col_description(a.attrelid, a.attnum) IS NOT DISTINCT FROM 'sealed' AS sealed INTO was
        FROM pg_attribute a
        WHERE a.attrelid = to_regclass('hub.' || quote_ident(into_table)) AND a.attname = col.name AND a.attnum > 0 AND NOT a.attisdropped;
        IF FOUND AND was.type = col.type AND was.sealed = col.sealed THEN
            CONTINUE;
        END IF;
        IF FOUND THEN
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM hub.%I WHERE %I IS NOT NULL)', into_table, col.name) INTO filled;
            IF filled THEN
                RAISE EXCEPTION '%: column % is % now, its values in hub.% are %', feed ->> 'file', col.element,
                    concat_ws(' and ', col.type, CASE WHEN col.sealed THEN 'personal' END), into_table,
                    concat_ws(' and ', was.type, CASE WHEN was.sealed THEN 'personal' END)
                    USING HINT = CASE WHEN was.sealed <> col.sealed
                        THEN 'what is sealed cannot be read there, and what is not stays as it is: give the column another name'
                        ELSE format('give the column another name; or where all of its values fit, as the owner: '
                                    'ALTER TABLE hub.%I ALTER %I TYPE %s USING %I::%s', into_table, col.name, col.type, col.name, col.type) END;
            END IF;
            EXECUTE format('ALTER TABLE hub.%I DROP %I', into_table, col.name);
        ELSIF NOT EXISTS (SELECT 1 FROM feed_made WHERE told LIKE 'hub.' || into_table || ' made %') THEN
            INSERT INTO feed_made (told) VALUES (format('hub.%s has a column for %s now', into_table, col.element));
        END IF;
        EXECUTE format('ALTER TABLE hub.%I ADD %I %s', into_table, col.name, col.type);
        IF col.sealed THEN
            EXECUTE format('COMMENT ON COLUMN hub.%I.%I IS ''sealed''', into_table, col.name);
        END IF;
    END LOOP;

    -- A hash takes texts of any length, and is asked for equality alone.
    FOR col IN SELECT * FROM jsonb_to_recordset(feed -> 'columns') AS c (name text, element text, indexed boolean, line boolean) WHERE c.indexed LOOP
        into_table := CASE WHEN col.line THEN lines ELSE things END;
        CONTINUE WHEN EXISTS (SELECT 1 FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
                              WHERE x.indrelid = to_regclass('hub.' || quote_ident(into_table)) AND a.attname = col.name);
        EXECUTE format('CREATE INDEX ON hub.%I USING hash (%I)', into_table, col.name);
        IF NOT EXISTS (SELECT 1 FROM feed_made WHERE told LIKE 'hub.' || into_table || ' made %') THEN
            INSERT INTO feed_made (told) VALUES (format('hub.%s has an index by %s now', into_table, col.element));
        END IF;
    END LOOP;
END $$;
-- One that cannot be made or changed costs itself: its rows wait (rows_table.h). What is no feed's fault ends it for all.
DO $$
DECLARE
    feed jsonb;
    said text;
    helps text;
BEGIN
    FOR feed IN SELECT f FROM jsonb_array_elements((SELECT current_setting('hub.feed_tables')::jsonb)) f LOOP
        BEGIN
            PERFORM pg_temp.make_feed(feed);
        EXCEPTION WHEN OTHERS THEN
            IF left(SQLSTATE, 2) IN ('08', '40', '53', '57', '58', 'XX') OR SQLSTATE = '55P03' THEN
                RAISE;
            END IF;
            GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, helps = PG_EXCEPTION_HINT;
            INSERT INTO feed_made (refused, told) VALUES (true, concat_ws('; ',
                concat_ws(': ', CASE WHEN NOT starts_with(said, feed ->> 'file') THEN feed ->> 'file' END, said), nullif(helps, '')));
        END;
    END LOOP;
END $$
