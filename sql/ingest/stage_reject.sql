-- Errors and repeats of the batch at hand, before they are kept.
CREATE TEMP TABLE stage_reject (
    line bigint NOT NULL, column_name text NOT NULL, code text NOT NULL, seen text, want text
) ON COMMIT DROP;
CREATE TEMP TABLE stage_repeat (line bigint NOT NULL) ON COMMIT DROP;
