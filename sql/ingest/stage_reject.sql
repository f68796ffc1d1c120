-- Errors and repeats of the batch at hand, before they are kept; stage_skip: lines that are not stored.
CREATE TEMP TABLE stage_reject (
    line bigint NOT NULL, column_name text NOT NULL, code text NOT NULL, seen text, want text
) ON COMMIT DROP;
CREATE TEMP TABLE stage_repeat (line bigint NOT NULL) ON COMMIT DROP;
CREATE TEMP VIEW stage_skip AS
SELECT line FROM stage_reject UNION ALL SELECT line FROM stage_repeat;
