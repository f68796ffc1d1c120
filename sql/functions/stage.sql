-- stage: a file's rows on their way into the feed's tables.

-- A variant of a feed whose rows are written at once (lp:feed table) has its keys; it may lack columns
-- that the feed's statements name (hub.feed_spare).
CREATE OR REPLACE FUNCTION hub.stage_spare(stage text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    spare text;
BEGIN
    FOR spare IN SELECT column_name FROM hub.feed_spare WHERE feed = substr(stage, length('stage_') + 1) LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS %I text', stage, spare);
    END LOOP;
END $$;

-- A staging table's columns come from the feed's plan; its keys, and what the feed's statements name beyond them, are added here.
CREATE OR REPLACE FUNCTION hub.stage_keys(stage text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    key hub.feed_key;
BEGIN
    PERFORM hub.stage_spare(stage);
    SELECT * INTO key FROM hub.feed_key WHERE feed = substr(stage, length('stage_') + 1);
    IF FOUND THEN
        EXECUTE format('ALTER TABLE %1$I
            ADD issuer text GENERATED ALWAYS AS (%2$I) STORED,
            ADD number text GENERATED ALWAYS AS (%3$I) STORED,
            ADD subject_hash bigint GENERATED ALWAYS AS (hub.subject_hash(%2$I, %3$I)) STORED',
            stage, key.issuer, key.number);
    ELSE
        EXECUTE format('ALTER TABLE %I
            ADD issuer text GENERATED ALWAYS AS (hub.order_issuer(ebp_code, ebc_code)) STORED,
            ADD subject_hash bigint GENERATED ALWAYS AS
                (hub.subject_hash(hub.order_issuer(ebp_code, ebc_code), order_no)) STORED', stage);
    END IF;
END $$;

-- Rows of several files side by side in one stage: whose each is says the hub (setting hub.batch_id, when the row is
-- written), never the process that reads the file.
CREATE OR REPLACE FUNCTION hub.stage_files(stage text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I
        ADD file bigint NOT NULL DEFAULT current_setting(''hub.batch_id'')::bigint,
        ADD row_id bigint GENERATED ALWAYS AS (file << 32 | line) STORED', stage);
END $$;

-- Rows of the batch at hand that were written at once are taken out of the feed's tables again: those of stage_skip, or all. A thing
-- stands at its first line. lines NULL: a thing is one row. What is refused or a repeat, by an index: where one row is expected of two
-- tables, each row of the third is gone through for each of theirs.
-- Setting hub.batch_id
CREATE OR REPLACE FUNCTION hub.take_out(stage text, things text, lines text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := current_setting('hub.batch_id')::bigint;
    first text := CASE WHEN lines IS NULL THEN 'line' ELSE 'first_line' END;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM stage_skip) THEN
        RETURN;
    END IF;
    CREATE TEMP TABLE stage_skipped (line bigint PRIMARY KEY) ON COMMIT DROP;
    INSERT INTO stage_skipped SELECT DISTINCT line FROM stage_skip;
    ANALYZE stage_skipped;
    EXECUTE format('DELETE FROM hub.%I t USING %I s
        WHERE EXISTS (SELECT 1 FROM stage_skipped k WHERE k.line = s.line) AND s.line = s.%I
          AND t.subject_hash = s.subject_hash AND t.row_id = hub.row_id($1, s.line)', things, stage, first) USING batch;
    IF lines IS NOT NULL THEN
        EXECUTE format('DELETE FROM hub.%I t USING %I s
            WHERE EXISTS (SELECT 1 FROM stage_skipped k WHERE k.line = s.line)
              AND t.row_id = hub.row_id($1, s.first_line) AND t.line = s.line', lines, stage) USING batch;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION hub.take_out_all(things text, lines text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := current_setting('hub.batch_id')::bigint;
BEGIN
    EXECUTE format('DELETE FROM hub.%I WHERE batch_id = $1', things) USING batch;
    IF lines IS NOT NULL THEN
        EXECUTE format('DELETE FROM hub.%I WHERE row_id >= hub.row_id($1, 0) AND row_id < hub.row_id($1 + 1, 0)',
            lines) USING batch;
    END IF;
END $$;

-- Versions that parts of the batch at hand replace or void lose `current`. Looked up one by one from
-- stage_known, whatever the planner thinks of a table just filled: an archive is not read through for them.
CREATE OR REPLACE FUNCTION hub.supersede(things text) RETURNS void
    LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    EXECUTE format('UPDATE hub.%I o SET current = false FROM stage_known k
        WHERE k.fate IN (''new'', ''change'', ''void'') AND o.subject_hash = k.subject_hash AND o.row_id = k.old_row', things);
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
