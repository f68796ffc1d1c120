-- Every reason why the flows of a trade do not match, composed of the rules in rules/ (their form: sql/README.md).
-- Settings hub.rules: each condition of each rule, as JSON (jobs/rules.h); hub.business_date (YYYYMMDD), and what rules ask
--          for: hub.tolerance (amount), hub.slack_days, hub.latest_time (YYYYMMDDhhmmss) and hub.latest_date (YYYYMMDD):
--          what is dated later is no date of a thing that has happened, or will soon
-- Takes    touched, payments, waybills, flows     Leaves  doubtful, breaks (temporary)
DO $$
DECLARE
    few text;
    each text;
BEGIN
    WITH asked AS (
        SELECT r.place, r.code, r.seen, r.want, r.statement, r.looks, r.modes IS NOT NULL OR r.direction IS NOT NULL AS of_order,
               -- the dates in brackets of their own: whether a rule counts is known once, not asked of each trade
               nullif(concat_ws(' AND ',
                   CASE WHEN r.since <> '' OR r.until <> ''
                   THEN format('(SELECT current_setting(''hub.business_date'') BETWEEN %L AND %L)', coalesce(r.since, ''), coalesce(r.until, '99991231')) END,
                   CASE r.direction WHEN 'import' THEN 'import' WHEN 'export' THEN 'NOT import' END,
                   'trade_mode IN (' || (SELECT string_agg(quote_literal(m), ', ') FROM unnest(r.modes) m) || ')'), '') AS scope
        FROM ROWS FROM (jsonb_to_recordset((SELECT current_setting('hub.rules')::jsonb))
                        AS (code text, looks text, seen text, want text, statement text,
                            since text, until text, modes text[], direction text))
             WITH ORDINALITY AS r (code, looks, seen, want, statement, since, until, modes, direction, place)
    ), conditions AS (
        SELECT *, concat_ws(' AND ', scope, format(E'(%s\n)', looks)) AS condition FROM asked
    )
    -- Only few have a break: those that any rule speaks of are found in one pass, and only of them each rule is asked.
    SELECT format('CREATE TEMP TABLE doubtful ON COMMIT DROP AS SELECT * FROM flows WHERE has_order AND (%s)',
                  coalesce(string_agg(condition, E'\n OR ' ORDER BY place) FILTER (WHERE statement IS NULL), 'false')),
           'CREATE TEMP TABLE breaks ON COMMIT DROP AS '
           || string_agg(CASE WHEN statement IS NULL
                         THEN format(E'SELECT tid, %L::text AS code, coalesce((%s\n)::text, '''') AS seen, coalesce((%s\n)::text, '''') AS want FROM doubtful WHERE %s',
                                     code, seen, want, condition)
                         ELSE format(E'SELECT s.tid, %L::text AS code, coalesce(s.seen::text, '''') AS seen, coalesce(s.want::text, '''') AS want FROM (%s\n) s (tid, seen, want)',
                                     code, statement)
                              || CASE WHEN of_order THEN ' JOIN flows USING (tid)' ELSE '' END || coalesce(' WHERE ' || scope, '')
                         END, E'\nUNION ALL ' ORDER BY place)
    INTO few, each
    FROM conditions;
    EXECUTE few;
    EXECUTE each;
END $$;
