-- stage: a file's rows on their way into the feed's tables.

-- Rows of several files side by side in one stage: whose each is says the hub (setting hub.batch_id, when the row is
-- written), never the process that reads the file.
CREATE OR REPLACE FUNCTION hub.stage_files(stage text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I
        ADD file bigint NOT NULL DEFAULT current_setting(''hub.batch_id'')::bigint,
        ADD row_id bigint GENERATED ALWAYS AS (file << 32 | line) STORED', stage);
END $$;

-- Rows of the batch at hand that were written at once are taken out of the feed's tables again: those of stage_left_out, or all. A thing
-- stands at its first line. lines NULL: a thing is one row. What is refused or a repeat, by an index: where one row is expected of two
-- tables, each row of the third is gone through for each of theirs.
-- Setting hub.batch_id
CREATE OR REPLACE FUNCTION hub.take_out(stage text, things text, lines text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := (SELECT current_setting('hub.batch_id')::bigint);
    first text := CASE WHEN lines IS NULL THEN 'line' ELSE 'first_line' END;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM stage_left_out) THEN
        RETURN;
    END IF;
    CREATE TEMP TABLE stage_left_line (line bigint PRIMARY KEY) ON COMMIT DROP;
    INSERT INTO stage_left_line SELECT DISTINCT line FROM stage_left_out;
    ANALYZE stage_left_line;
    EXECUTE format('DELETE FROM hub.%I t USING %I s
        WHERE EXISTS (SELECT 1 FROM stage_left_line k WHERE k.line = s.line) AND s.line = s.%I
          AND t.subject_hash = s.subject_hash AND t.row_id = hub.row_id($1, s.line)', things, stage, first) USING batch;
    IF lines IS NOT NULL THEN
        EXECUTE format('DELETE FROM hub.%I t USING %I s
            WHERE EXISTS (SELECT 1 FROM stage_left_line k WHERE k.line = s.line)
              AND t.subject_hash = s.subject_hash AND t.row_id = hub.row_id($1, s.first_line) AND t.line = s.line', lines, stage) USING batch;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION hub.take_out_all(things text, lines text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := (SELECT current_setting('hub.batch_id')::bigint);
BEGIN
    EXECUTE format('DELETE FROM hub.%I WHERE batch_id = $1', things) USING batch;
    IF lines IS NOT NULL THEN
        EXECUTE format('DELETE FROM hub.%I WHERE row_id >= hub.row_id($1, 0) AND row_id < hub.row_id($1 + 1, 0)',
            lines) USING batch;
    END IF;
END $$;

-- Of a feed whose subjects take several rows: one stands at the first of its lines that counts, also where its rows stood apart in the file; of
-- lines that are there twice, and of two versions in one file, one stays.
-- Takes stage_same_key, stage_other_version, stage_gathered     Setting hub.batch_id
CREATE OR REPLACE FUNCTION hub.bring_together(stage text, things text, lines text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := (SELECT current_setting('hub.batch_id')::bigint);
BEGIN
    EXECUTE format('DELETE FROM hub.%I i
        USING (SELECT subject_hash, line, run FROM stage_same_key WHERE nth > 1
               UNION ALL SELECT subject_hash, line, run FROM stage_other_version) t
        WHERE i.subject_hash = t.subject_hash AND i.row_id = hub.row_id($1, t.run) AND i.line = t.line', lines) USING batch;
    EXECUTE format('DELETE FROM hub.%I o USING stage_other_version t
        WHERE o.subject_hash = t.subject_hash AND o.row_id = hub.row_id($1, t.run)', things) USING batch;
    IF NOT EXISTS (SELECT 1 FROM stage_gathered WHERE apart OR twice) THEN
        RETURN;
    END IF;
    CREATE TEMP TABLE stage_moved ON COMMIT DROP AS
    SELECT t.subject_hash, m.line, m.first_line, t.line AS to_line, t.apart
    FROM stage_gathered t JOIN stage_member m USING (subject_hash, issuer, number, part_key)
    WHERE (t.apart OR t.twice) AND m.first_line <> t.line;
    EXECUTE format('UPDATE hub.%I i SET row_id = hub.row_id($1, m.to_line)
        FROM stage_moved m
        WHERE m.apart AND i.subject_hash = m.subject_hash AND i.line = m.line AND i.row_id = hub.row_id($1, m.first_line)', lines) USING batch;
    EXECUTE format('DELETE FROM hub.%I o USING (
            SELECT subject_hash, first_line FROM stage_moved
            UNION
            SELECT subject_hash, t.run FROM stage_same_key t JOIN stage_gathered s USING (subject_hash, issuer, number, part_key)
            WHERE t.nth > 1 AND t.run <> s.line) m
        WHERE o.subject_hash = m.subject_hash AND o.row_id = hub.row_id($1, m.first_line)', things) USING batch;
    EXECUTE format('UPDATE hub.%I o SET digest = t.digest FROM stage_gathered t
        WHERE (t.apart OR t.twice) AND o.subject_hash = t.subject_hash AND o.row_id = hub.row_id($1, t.line)', things) USING batch;
    -- for statements that come behind these
    EXECUTE format('UPDATE %I s SET first_line = m.to_line FROM stage_moved m WHERE m.apart AND s.line = m.line', stage);
END $$;

-- What a variant of a feed has beyond the feed's tables (lp:feed more, more-lines), of the rows that stay: one row a thing, and one a line.
-- Their columns are the stage's of that name, jobs/load/rows_table.c sees to it. Setting hub.batch_id
CREATE OR REPLACE FUNCTION hub.keep_more(stage text, things text, of_lines text, has_lines boolean) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := (SELECT current_setting('hub.batch_id')::bigint);
    put record;
BEGIN
    FOR put IN
        SELECT t.name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
               string_agg('s.' || quote_ident(a.attname), ', ' ORDER BY a.attnum) AS taken, t.line, t.once
        FROM (VALUES (things, 'line', CASE WHEN has_lines THEN 'JOIN stage_first_row t ON t.line = s.line' ELSE '' END),
                     (of_lines, 'first_line', '')) t (name, line, once)
        JOIN pg_attribute a ON a.attrelid = to_regclass('hub.' || quote_ident(t.name)) AND a.attnum > 0 AND NOT a.attisdropped
                           AND a.attname NOT IN ('subject_hash', 'row_id')
        GROUP BY t.name, t.line, t.once
    LOOP
        EXECUTE format('INSERT INTO hub.%I (subject_hash, row_id, %s)
            SELECT s.subject_hash, hub.row_id($1, s.%I), %s FROM %I s %s
            WHERE NOT EXISTS (SELECT 1 FROM stage_left_out k WHERE k.line = s.line)',
            put.name, put.columns, put.line, put.taken, stage, put.once) USING batch;
    END LOOP;
END $$;

-- Versions that parts of the batch at hand replace or void lose `current`. Looked up one by one from
-- stage_fate, whatever the planner thinks of a table just filled: an archive is not read through for them.
CREATE OR REPLACE FUNCTION hub.supersede(things text) RETURNS void
    LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    EXECUTE format('UPDATE hub.%I o SET current = false FROM stage_fate k
        WHERE k.fate IN (''new'', ''change'', ''void'') AND o.subject_hash = k.subject_hash AND o.row_id = k.old_row', things);
END $$;

-- A number of a payment or a waybill is one trade's alone (E5007, E5008): what a file says of one concerns the others that have it, which come
-- from other files and are not touched by this one. One that is given again breaks the trade that had it, one that is voided leaves it to
-- that. They are judged anew with those of the file. Where more than ten others have it each is broken whatever this one does: none of them
-- is looked at, since of a number that all rows have an archive would be judged each night. Of tables that are no trade's part nothing.
-- Setting hub.batch_id
CREATE OR REPLACE FUNCTION hub.touch_sharing(numbers text[], things text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := (SELECT current_setting('hub.batch_id')::bigint);
BEGIN
    -- an order has no such number, nor such a column
    IF cardinality(numbers) = 0 OR NOT EXISTS (SELECT 1 FROM hub.feed_table t WHERE t.table_name = things AND t.what = 'trade') THEN
        RETURN;
    END IF;
    EXECUTE format('
        INSERT INTO hub.touch_again (subject_hash, issuer, order_no)
        SELECT DISTINCT o.subject_hash, o.issuer, o.order_no
        FROM (SELECT DISTINCT unnest($1) AS part_key) n
        CROSS JOIN LATERAL (
            SELECT o.*, count(*) OVER () AS others
            FROM (SELECT subject_hash, issuer, order_no FROM hub.%I o
                  WHERE hashtextextended(o.part_key, 0) = hashtextextended(n.part_key, 0) AND o.part_key = n.part_key
                    AND o.current AND o.app_type <> ''3'' AND o.batch_id + 0 <> $2 LIMIT 11) o) o
        WHERE o.others <= 10
        ORDER BY o.subject_hash, o.issuer, o.order_no   -- two files may wait for each other otherwise
        ON CONFLICT (subject_hash, issuer, order_no) DO UPDATE SET touch_id = DEFAULT', things) USING numbers, batch;
END $$;

-- Numbers of `mine` that other rows of `things` have too, and who has them: the first two trades, since of a million that
-- share one each would meet all the others; for each of them one of the two is another.
CREATE OR REPLACE FUNCTION hub.shared_numbers(mine text, things text)
    RETURNS TABLE (part_key text, subject_hash bigint, issuer text, order_no text)
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('
        WITH shared AS MATERIALIZED (
            SELECT DISTINCT part_key FROM %1$I mine
            WHERE EXISTS (SELECT 1 FROM hub.%2$I other
                          WHERE hashtextextended(other.part_key, 0) = hashtextextended(mine.part_key, 0)
                            AND other.part_key = mine.part_key AND other.row_id <> mine.row_id
                            AND other.current AND other.app_type <> ''3'')
        )
        SELECT part_key, subject_hash, issuer, order_no
        FROM (SELECT d.*, row_number() OVER (PARTITION BY part_key ORDER BY order_no, subject_hash, issuer) AS nth
              FROM (SELECT DISTINCT o.part_key, o.subject_hash, o.issuer, o.order_no
                    FROM shared k
                    JOIN hub.%2$I o ON hashtextextended(o.part_key, 0) = hashtextextended(k.part_key, 0)
                                   AND o.part_key = k.part_key
                    WHERE o.current AND o.app_type <> ''3'') d) n
        WHERE nth <= 2', mine, things);
END $$;
