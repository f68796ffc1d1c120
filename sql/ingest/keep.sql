-- What was written of a file while it was read becomes what counts: versions that are replaced lose `current`, what is refused or a repeat
-- leaves the feed's tables again, the rows of a subject that stood apart come together, what a variant has beyond them is stored; sums for the ack; whose numbers these are.
-- Settings hub.batch_id, hub.rows, hub.shape (jobs/load/judge.c)
-- Takes   stage_<feed>, stage_fate, stage_left_out; of feeds with lines stage_same_key, stage_other_version, stage_gathered, stage_first_row
DO $$
DECLARE
    shape jsonb := (SELECT current_setting('hub.shape')::jsonb);
    stage text := shape ->> 'stage';
    sum text := shape ->> 'sum';
    sum_by text := shape ->> 'sum_by';
    part_issuer text := shape ->> 'part_issuer';   -- SQL
BEGIN
    PERFORM hub.supersede(shape ->> 'table');
    PERFORM hub.take_out(stage, shape ->> 'table', shape ->> 'lines');
    IF shape ->> 'lines' IS NOT NULL THEN
        PERFORM hub.bring_together(stage, shape ->> 'table', shape ->> 'lines');
    END IF;
    PERFORM hub.keep_more(stage, shape ->> 'more', shape ->> 'more_lines', shape ->> 'lines' IS NOT NULL);
    IF shape ->> 'lines' IS NOT NULL THEN
        stage := 'stage_first_row';
    END IF;
    IF (shape ->> 'part')::boolean THEN
        PERFORM hub.touch_sharing(ARRAY(SELECT s.part_key FROM stage_subject s
                                        WHERE NOT EXISTS (SELECT 1 FROM stage_left_out k WHERE k.line = s.line)), shape ->> 'table');
    END IF;

    EXECUTE format('CREATE TEMP TABLE stage_sums ON COMMIT DROP AS
        SELECT issuer, %s AS part_issuer, %s AS by, %s AS total FROM %I s
        WHERE NOT bad AND subject_hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stage_left_out k WHERE k.line = s.line)
        GROUP BY 1, 2, 3', coalesce(part_issuer, 'NULL::text'), coalesce(quote_ident(sum_by) || '::text', 'NULL::text'),
        coalesce('sum(' || quote_ident(sum) || ')', 'NULL::numeric'), stage);
    UPDATE hub.batch SET sums = (
        SELECT coalesce(jsonb_object_agg(concat_ws(' ', shape ->> 'sum_name', c.by), c.total::text), '{}')
        FROM (SELECT s.by, trim_scale(sum(s.total)) AS total FROM stage_sums s GROUP BY s.by) c WHERE c.total IS NOT NULL)
    WHERE batch_id = (SELECT current_setting('hub.batch_id')::bigint);

    INSERT INTO hub.known_issuer (feed, numbers, code)
    SELECT DISTINCT (SELECT current_setting('hub.rows')), n.numbers, n.code
    FROM stage_sums s CROSS JOIN LATERAL (VALUES ('number', s.issuer), ('part', s.part_issuer)) n (numbers, code)
    WHERE n.code IS NOT NULL
    ON CONFLICT DO NOTHING;
END $$
