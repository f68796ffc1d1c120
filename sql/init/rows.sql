-- Rows of a file into the table it is named after. What the file says now and did not say before is put in, what it said and says no
-- more is taken out; rows that somebody put in by hand stay, and so do values that somebody changed, until the file says something else.
-- A table takes rows of files where its comment says so.
-- The file    a table with tabs and a first line that names columns; lines that begin with # say what somebody should know of it. An empty
--             cell is nothing, or the column's default where it cannot be nothing, or an empty text; a list is separated by commas.
-- A file with a fault changes nothing: hub.rows_fault says where it is and what, behind the file's name (":3: column kind: …").
-- Settings    hub.rows_file (formats/FOLDER/TABLE.tsv), hub.rows_text (what it says now; '' : it is gone), hub.rows_trial (not '' : the
--             file is looked at, nothing is changed), hub.rows_fault ('')
DO $$
DECLARE
    file text := (SELECT current_setting('hub.rows_file'));
    now_says text := (SELECT current_setting('hub.rows_text'));
    trial boolean := (SELECT current_setting('hub.rows_trial')) <> '';
    said text := coalesce((SELECT i.content FROM hub.installed i WHERE i.name = (SELECT current_setting('hub.rows_file'))), '');
    target regclass := to_regclass('hub.' || quote_ident(substring((SELECT current_setting('hub.rows_file')) FROM '([^/]*)\.tsv$')));
    head text[];
    same_key text;  -- as a.key = b.key
    keys text;
    others text;    -- what an update sets
    cells text;     -- how the columns are read
    first_line bigint;
    one record;
    cell record;
    fault text;
    named text;
    state text;
BEGIN
    IF target IS NULL OR obj_description(target, 'pg_class') IS DISTINCT FROM 'rows of files' THEN
        IF now_says <> '' THEN
            PERFORM set_config('hub.rows_fault', ': no table of this name takes rows of files; these do: '
                || (SELECT string_agg(relname, ', ' ORDER BY relname) FROM pg_class
                    WHERE relnamespace = 'hub'::regnamespace AND obj_description(oid, 'pg_class') = 'rows of files'), false);
        ELSIF NOT trial THEN
            DELETE FROM hub.installed i WHERE i.name = file; -- of a table that is no more
        END IF;
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
    FOR pass IN CASE WHEN trial THEN 2 ELSE 1 END .. 2 LOOP
        CREATE TEMP TABLE rows_cells AS
        SELECT n, string_to_array(rtrim(l, E'\r'), E'\t') AS c
        FROM string_to_table(ltrim(CASE pass WHEN 1 THEN said ELSE now_says END, E'\uFEFF'), E'\n') WITH ORDINALITY s (l, n)
        WHERE rtrim(l, E'\r') <> '' AND l NOT LIKE '#%';
        SELECT n, c INTO first_line, head FROM rows_cells ORDER BY n LIMIT 1;
        DELETE FROM rows_cells WHERE n = first_line;
        CREATE TEMP TABLE rows_columns AS
        SELECT a.attname::text AS name, a.attnum AS nth, h.n, t.typcategory AS sort, d.adbin IS NULL AND a.attnotnull AS needed,
               coalesce(format(
                   CASE WHEN h.n IS NULL THEN '%3$s'
                        WHEN d.adbin IS NULL AND a.attnotnull THEN '%1$s::%2$s'
                        ELSE 'coalesce(nullif(%1$s, '''')::%2$s, %3$s)' END,
                   CASE WHEN t.typcategory = 'A' THEN format('(''{'' || nullif(c[%s], '''') || ''}'')', h.n) ELSE format('c[%s]', h.n) END,
                   format_type(a.atttypid, a.atttypmod), coalesce(pg_get_expr(d.adbin, d.adrelid), 'NULL')), 'NULL') AS expression
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN (SELECT name, min(n) AS n FROM unnest(head) WITH ORDINALITY h (name, n) GROUP BY name) h ON h.name = a.attname
        WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped;
        IF pass = 2 AND head IS NOT NULL THEN
            SELECT format(':%s: ', first_line) || coalesce(
                       (SELECT format(CASE WHEN cardinality(head) = 1 THEN 'the first line has no tab, and cells are parted by tabs; columns of %2$s are %3$s'
                                      ELSE 'the first line names "%1$s", which is no column of %2$s; they are %3$s' END, h, target,
                                      (SELECT string_agg(name, ', ' ORDER BY nth) FROM rows_columns WHERE name <> 'folder'))
                        FROM unnest(head) h WHERE h NOT IN (SELECT name FROM rows_columns) LIMIT 1),
                       (SELECT format('the first line names %s twice', h) FROM unnest(head) h GROUP BY h HAVING count(*) > 1 LIMIT 1),
                       (SELECT format('the first line lacks %s; it must have %s', string_agg(name, ', ' ORDER BY nth) FILTER (WHERE n IS NULL),
                                      string_agg(name, ', ' ORDER BY nth))
                        FROM rows_columns WHERE needed HAVING bool_or(n IS NULL)))
            INTO fault;
            IF fault IS NULL THEN
                SELECT format(':%s: %s cells; must be %s as in the first line', n, cardinality(c), cardinality(head)) INTO fault
                FROM rows_cells WHERE cardinality(c) <> cardinality(head) ORDER BY n LIMIT 1;
            END IF;
        END IF;
        SELECT string_agg(expression, ', ' ORDER BY nth) INTO cells FROM rows_columns;
        IF pass = 1 THEN
            EXECUTE format('CREATE TEMP TABLE rows_said AS SELECT * FROM %s LIMIT 0', target);
            BEGIN
                EXECUTE format('INSERT INTO rows_said SELECT %s FROM rows_cells', cells);
            EXCEPTION WHEN OTHERS THEN
                NULL;
            END;
        ELSIF fault IS NULL THEN
            EXECUTE format('CREATE TEMP TABLE rows_now (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', target);
            BEGIN
                EXECUTE format('INSERT INTO rows_now SELECT %s FROM rows_cells', cells);
            EXCEPTION WHEN OTHERS THEN
                -- one after the other, and of the first that does not fit cell after cell, to say which
                FOR one IN SELECT n, c FROM rows_cells ORDER BY n LOOP
                    FOR cell IN SELECT name, n, sort, expression FROM rows_columns WHERE n IS NOT NULL ORDER BY n LOOP
                        BEGIN
                            EXECUTE format('SELECT %s FROM rows_cells WHERE n = %s', cell.expression, one.n);
                        EXCEPTION WHEN OTHERS THEN
                            fault := format(':%s: column %s: %s; must be %s', one.n, cell.name,
                                CASE one.c[cell.n] WHEN '' THEN 'is empty' ELSE 'is "' || one.c[cell.n] || '"' END,
                                CASE cell.sort WHEN 'D' THEN 'a date such as 2026-01-31' WHEN 'N' THEN 'a number'
                                     WHEN 'B' THEN 'yes or no' ELSE 'a list parted by commas' END);
                            EXIT;
                        END;
                    END LOOP;
                    EXIT WHEN fault IS NOT NULL;
                    BEGIN
                        EXECUTE format('INSERT INTO rows_now SELECT %s FROM rows_cells WHERE n = %s', cells, one.n);
                    EXCEPTION WHEN OTHERS THEN
                        GET STACKED DIAGNOSTICS named = CONSTRAINT_NAME, state = RETURNED_SQLSTATE;
                        -- of columns that take a few words; a constraint that asks for something else is named for it
                        SELECT format(':%s: column %s: is "%s"; ', one.n, string_agg(r.name, ', ' ORDER BY r.n),
                                      string_agg(one.c[r.n], '", "' ORDER BY r.n))
                               || coalesce('it takes one of ' || (SELECT string_agg(w[1], ', ')
                                      FROM regexp_matches(pg_get_constraintdef(k.oid), '''([^'']+)''::text', 'g') w), named)
                        INTO fault
                        FROM pg_constraint k JOIN rows_columns r ON r.nth = ANY (k.conkey)
                        WHERE k.conrelid = target AND k.conname = named AND k.contype = 'c' GROUP BY k.oid;
                        fault := coalesce(fault, format(':%s: %s', one.n, CASE state WHEN '23505'
                            THEN keys || ' as in a line before it; what names a row stands once' ELSE SQLERRM END));
                        EXIT;
                    END;
                END LOOP;
            END;
        END IF;
        DROP TABLE rows_cells, rows_columns;
    END LOOP;

    IF fault IS NULL AND NOT trial THEN
        EXECUTE format('DELETE FROM %1$s a USING (SELECT %2$s FROM rows_said EXCEPT SELECT %2$s FROM rows_now) b WHERE %3$s', target, keys, same_key);
        EXECUTE format('INSERT INTO %s SELECT * FROM rows_now EXCEPT SELECT * FROM rows_said ON CONFLICT (%s) DO %s',
            target, keys, coalesce('UPDATE SET ' || others, 'NOTHING'));
        DELETE FROM hub.installed i WHERE i.name = file;
        INSERT INTO hub.installed (name, content) SELECT file, now_says WHERE now_says <> '';
    END IF;
    DROP TABLE IF EXISTS rows_said, rows_now;
    PERFORM set_config('hub.rows_fault', coalesce(fault, ''), false);
END $$
