-- A file's rows are all there. What the planner has to know of them; a table that was just filled has no statistics.
-- Setting hub.shape
DO $$
BEGIN
    SET LOCAL default_statistics_target = 5;
    EXECUTE format('ANALYZE %I (subject_hash, line, again)', (SELECT current_setting('hub.shape')::jsonb) ->> 'stage');
END $$
