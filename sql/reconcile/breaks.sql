-- Every reason why the flows of a trade do not match, composed of the rules in rules/ (their form: sql/README.md).
-- Settings hub.rules: each condition of each rule, as JSON (jobs/rules.h); hub.business_date (YYYYMMDD), and what rules ask
--          for: hub.tolerance (amount), hub.slack_days, hub.latest_time (YYYYMMDDhhmmss) and hub.latest_date (YYYYMMDD):
--          what is dated later is no date of a thing that has happened, or will soon
-- Takes    touched, payments, waybills, flows and what else flows.sql leaves
-- Leaves   breaks (temporary)
DO $$
DECLARE
    few text;
    each text;
    dropped text;
BEGIN
    WITH asked AS (
        SELECT r.place, r.code, r.looks, r.seen, r.want, r.statement, coalesce(r.over, 'flows') AS over,
               -- in brackets of its own: whether a rule counts that day is known once, and not asked of each trade
               CASE WHEN r.since <> '' OR r.until <> ''
                    THEN format('(SELECT current_setting(''hub.business_date'') BETWEEN %L AND %L)',
                                coalesce(r.since, '00000000'), coalesce(r.until, '99999999')) END AS dated,
               CASE r.direction WHEN 'import' THEN 'import' WHEN 'export' THEN 'NOT import' END AS direction,
               'trade_mode IN (' || (SELECT string_agg(quote_literal(m), ', ') FROM unnest(r.modes) m) || ')' AS modes
        FROM ROWS FROM (jsonb_to_recordset((SELECT current_setting('hub.rules')::jsonb))
                        AS (code text, over text, looks text, seen text, want text, statement text,
                            since text, until text, modes text[], direction text))
             WITH ORDINALITY AS r (code, over, looks, seen, want, statement, since, until, modes, direction, place)
    ), conditions AS (
        SELECT *, concat_ws(' AND ', dated, direction, modes, format(E'(%s\n)', looks)) AS condition FROM asked WHERE statement IS NULL
    ), passes AS (
        SELECT format('CREATE TEMP TABLE %I ON COMMIT DROP AS SELECT * FROM %I WHERE has_order AND (%s)',
                      'doubtful_' || over, over, string_agg(condition, E'\n OR ' ORDER BY place)) AS pass,
               format('DROP TABLE %I', 'doubtful_' || over) AS done
        FROM conditions GROUP BY over
    ), selects AS (
        SELECT place, format(E'SELECT tid, %L::text AS code, (%s\n)::text AS seen, (%s\n)::text AS want FROM %I WHERE %s',
                             code, seen, want, 'doubtful_' || over, condition) AS query
        FROM conditions
        UNION ALL
        SELECT place, format('SELECT tid, %L::text AS code, seen::text AS seen, want::text AS want FROM (', code)
               -- of a rule for some orders the statement sees no others
               || CASE WHEN direction IS NULL AND modes IS NULL
                       THEN format(E'%s\n) s (tid, seen, want)', statement)
                       ELSE format(E'WITH flows AS (SELECT * FROM flows WHERE has_order AND %s)
                                     SELECT q.* FROM (%s\n) q (tid, seen, want) JOIN flows USING (tid)) s',
                                   concat_ws(' AND ', direction, modes), statement) END || coalesce(' WHERE ' || dated, '')
        FROM asked WHERE statement IS NOT NULL
    )
    -- Only few have a break: those that any rule speaks of are found in one pass, and only of them each rule is asked.
    SELECT (SELECT string_agg(pass, E';\n') FROM passes), (SELECT string_agg(done, '; ') FROM passes),
           'CREATE TEMP TABLE breaks ON COMMIT DROP AS SELECT tid, code, coalesce(seen, '''') AS seen, coalesce(want, '''') AS want FROM ('
           || string_agg(query, E'
UNION ALL ' ORDER BY place) || ') b'
    INTO few, dropped, each
    FROM selects;
    EXECUTE coalesce(few, '');
    EXECUTE each;
    EXECUTE coalesce(dropped, '');
END $$;
