-- 0020_supersede: changes of many things cost what as many new ones cost.
-- Locks: none. Way back: the function of 0001 anew.

-- Earlier versions of what a file changes or voids no longer count. Takes stage_known
CREATE OR REPLACE FUNCTION hub.supersede(things text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM stage_known WHERE old_row IS NOT NULL AND fate IN ('new', 'change', 'void')) THEN
        RETURN;
    END IF;
    EXECUTE format('UPDATE hub.%I o SET current = false FROM stage_known k
        WHERE o.trade_hash = k.trade_hash AND o.row_id = k.old_row AND k.fate IN (''new'', ''change'', ''void'')', things);
END $$;

-- What is refused or a repeat, by an index: where one row is expected of two tables, each row of the third is gone
-- through for each of theirs.
CREATE OR REPLACE FUNCTION hub.take_out(stage text, things text, lines text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := current_setting('hub.batch_id')::bigint;
    first text := CASE WHEN lines IS NULL THEN 'line' ELSE 'first_line' END;
BEGIN
    IF NOT EXISTS (SELECT FROM stage_skip) THEN
        RETURN;
    END IF;
    CREATE TEMP TABLE stage_skipped (line bigint PRIMARY KEY) ON COMMIT DROP;
    INSERT INTO stage_skipped SELECT DISTINCT line FROM stage_skip;
    ANALYZE stage_skipped;
    EXECUTE format('DELETE FROM hub.%I t USING %I s
        WHERE EXISTS (SELECT FROM stage_skipped k WHERE k.line = s.line) AND s.line = s.%I
          AND t.trade_hash = s.trade_hash AND t.row_id = hub.row_id($1, s.line)', things, stage, first) USING batch;
    IF lines IS NOT NULL THEN
        EXECUTE format('DELETE FROM hub.%I t USING %I s
            WHERE EXISTS (SELECT FROM stage_skipped k WHERE k.line = s.line)
              AND t.row_id = hub.row_id($1, s.first_line) AND t.line = s.line', lines, stage) USING batch;
    END IF;
END $$;
