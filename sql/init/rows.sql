-- Rows of a file into the table it is named after. What the file says now and did not say before is put in, what it said and says no
-- more is taken out; rows that somebody put in by hand stay, and so do values that somebody changed, until the file says something else.
-- A table takes rows of files where its comment says so.
-- The file    a table with tabs and a first line that names columns; lines that begin with # say what somebody should know of it. An empty
--             cell is nothing, or the column's default where it cannot be nothing, or an empty text; a list is separated by commas.
-- Settings    hub.rows_file (formats/FOLDER/TABLE.tsv), hub.rows_text (what it says now; '' : it is gone)
DO $$
DECLARE
    file text := (SELECT current_setting('hub.rows_file'));
    now_says text := (SELECT current_setting('hub.rows_text'));
    said text := coalesce((SELECT i.content FROM hub.installed i WHERE i.name = (SELECT current_setting('hub.rows_file'))), '');
    target regclass := to_regclass('hub.' || quote_ident(substring((SELECT current_setting('hub.rows_file')) FROM '([^/]*)\.tsv$')));
    head text[];
    same_key text;  -- as a.key = b.key
    keys text;
    others text;    -- what an update sets
    cells text;     -- how a column is read
    wrong record;
    line int;
    detail text;
    words text;
BEGIN
    IF target IS NULL OR obj_description(target, 'pg_class') IS DISTINCT FROM 'rows of files' THEN
        IF now_says <> '' THEN
            RAISE EXCEPTION '%: no table of this name takes rows of files; these do: %', file,
                (SELECT string_agg(relname, ', ' ORDER BY relname) FROM pg_class
                 WHERE relnamespace = 'hub'::regnamespace AND obj_description(oid, 'pg_class') = 'rows of files');
        END IF;
        DELETE FROM hub.installed i WHERE i.name = file; -- of a table that is no more
        RETURN;
    END IF;

    SELECT string_agg(format('a.%1$I = b.%1$I', a.attname), ' AND ') FILTER (WHERE k.indexrelid IS NOT NULL),
           string_agg(quote_ident(a.attname), ', ') FILTER (WHERE k.indexrelid IS NOT NULL),
           string_agg(format('%1$I = excluded.%1$I', a.attname), ', ') FILTER (WHERE k.indexrelid IS NULL)
    INTO same_key, keys, others
    FROM pg_attribute a
    LEFT JOIN pg_index k ON k.indrelid = a.attrelid AND k.indisprimary AND a.attnum = ANY (k.indkey::smallint[])
    WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped;

    -- what it said first: if a table has changed since so that it no longer fits, what it said is not known
    FOR pass IN 1 .. 2 LOOP
        CREATE TEMP TABLE rows_cells AS
        SELECT n, string_to_array(rtrim(l, E'\r'), E'\t') AS c
        FROM string_to_table(ltrim(CASE pass WHEN 1 THEN said ELSE now_says END, E'\uFEFF'), E'\n') WITH ORDINALITY s (l, n)
        WHERE rtrim(l, E'\r') <> '' AND l NOT LIKE '#%';
        SELECT c INTO head FROM rows_cells ORDER BY n LIMIT 1;
        DELETE FROM rows_cells WHERE n = (SELECT min(n) FROM rows_cells);
        IF pass = 2 THEN
            SELECT h INTO wrong FROM unnest(head) h
            WHERE NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = target AND attname = h AND attnum > 0 AND NOT attisdropped) LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION '%: its first line names %, which is no column of %', file, wrong.h, target;
            END IF;
            SELECT n, cardinality(c) AS has INTO wrong FROM rows_cells WHERE cardinality(c) <> cardinality(head) ORDER BY n LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION '%:%: % cells; must be % as in the first line', file, wrong.n, wrong.has, cardinality(head);
            END IF;
        END IF;
        SELECT string_agg(coalesce(format(
                   CASE WHEN h.n IS NULL THEN '%3$s'
                        WHEN d.adbin IS NULL AND a.attnotnull THEN '%1$s::%2$s'
                        ELSE 'coalesce(nullif(%1$s, '''')::%2$s, %3$s)' END,
                   CASE WHEN t.typcategory = 'A' THEN format('(''{'' || nullif(c[%s], '''') || ''}'')', h.n) ELSE format('c[%s]', h.n) END,
                   format_type(a.atttypid, a.atttypmod), coalesce(pg_get_expr(d.adbin, d.adrelid), 'NULL')), 'NULL'), ', ' ORDER BY a.attnum)
        INTO cells
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN unnest(head) WITH ORDINALITY h (name, n) ON h.name = a.attname
        WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped;
        IF pass = 1 THEN
            EXECUTE format('CREATE TEMP TABLE rows_said AS SELECT * FROM %s LIMIT 0', target);
            BEGIN
                EXECUTE format('INSERT INTO rows_said SELECT %s FROM rows_cells', cells);
            EXCEPTION WHEN OTHERS THEN
                NULL;
            END;
        ELSE
            EXECUTE format('CREATE TEMP TABLE rows_now (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', target);
            BEGIN
                EXECUTE format('INSERT INTO rows_now SELECT %s FROM rows_cells', cells);
            EXCEPTION WHEN OTHERS THEN
                -- one after the other, to say which
                FOR line IN SELECT n FROM rows_cells ORDER BY n LOOP
                    BEGIN
                        EXECUTE format('INSERT INTO rows_now SELECT %s FROM rows_cells WHERE n = %s', cells, line);
                    EXCEPTION WHEN OTHERS THEN
                        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, words = CONSTRAINT_NAME;
                        SELECT string_agg(w[1], ', ') INTO words -- of a column that takes a few words
                        FROM pg_constraint k, regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::text', 'g') w
                        WHERE k.conrelid = target AND k.conname = words AND k.contype = 'c';
                        RAISE EXCEPTION '%:%: %', file, line,
                            concat_ws('; ', SQLERRM, nullif(detail, ''), 'it takes one of ' || words);
                    END;
                END LOOP;
            END;
        END IF;
        DROP TABLE rows_cells;
    END LOOP;

    EXECUTE format('DELETE FROM %1$s a USING (SELECT %2$s FROM rows_said EXCEPT SELECT %2$s FROM rows_now) b WHERE %3$s', target, keys, same_key);
    EXECUTE format('INSERT INTO %s SELECT * FROM rows_now EXCEPT SELECT * FROM rows_said ON CONFLICT (%s) DO %s',
        target, keys, coalesce('UPDATE SET ' || others, 'NOTHING'));
    DROP TABLE rows_said, rows_now;
    DELETE FROM hub.installed i WHERE i.name = file;
    INSERT INTO hub.installed (name, content) SELECT file, now_says WHERE now_says <> '';
END $$
