-- Errors and repeats of the batches at hand, before they are kept; stage_left_out: lines that are not stored.
-- file is the batch that the setting hub.batch_id names when the row is written.
CREATE TEMP TABLE stage_reject (
    line bigint NOT NULL, column_name text NOT NULL, code text NOT NULL, seen text, want text,
    file bigint NOT NULL DEFAULT current_setting('hub.batch_id')::bigint,
    row_id bigint GENERATED ALWAYS AS (file << 32 | line) STORED
) ON COMMIT DROP;
CREATE INDEX ON stage_reject (line);
CREATE TEMP TABLE stage_repeat (
    line bigint NOT NULL, file bigint NOT NULL DEFAULT current_setting('hub.batch_id')::bigint
) ON COMMIT DROP;
CREATE TEMP VIEW stage_left_out AS
SELECT line FROM stage_reject UNION ALL SELECT line FROM stage_repeat;
