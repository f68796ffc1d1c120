-- 0020_take_out: what many rows of a file leave the tables again costs no more than writing them.
-- Locks: none. Way back: the function of 0001 anew.

-- What is refused or a repeat, by an index: where one row is expected of two tables, each row of the third is gone
-- through for each of theirs.
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
          AND t.trade_hash = s.trade_hash AND t.row_id = hub.row_id($1, s.line)', things, stage, first) USING batch;
    IF lines IS NOT NULL THEN
        EXECUTE format('DELETE FROM hub.%I t USING %I s
            WHERE EXISTS (SELECT 1 FROM stage_skipped k WHERE k.line = s.line)
              AND t.row_id = hub.row_id($1, s.first_line) AND t.line = s.line', lines, stage) USING batch;
    END IF;
END $$;
