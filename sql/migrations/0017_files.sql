-- 0017_files: many small files of an agency are loaded at once.
-- Locks: none. Way back: DROP FUNCTION hub.stage_files.

-- Rows of several files side by side in one stage: whose each is says the hub (setting hub.batch_id, when the row is
-- written), never the process that reads the file.
CREATE FUNCTION hub.stage_files(stage text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I
        ADD file bigint NOT NULL DEFAULT current_setting(''hub.batch_id'')::bigint,
        ADD row_id bigint GENERATED ALWAYS AS (file << 32 | line) STORED', stage);
END $$;
