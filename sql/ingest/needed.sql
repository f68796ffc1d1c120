-- What messages ask of rows, once a run. Parameters (jobs/load/needs.c) $1 columns of our tables that stand in elements, and of levels whose
-- rows are lines of a document how many it holds; $2 the columns of what partners upload (both JSON).
-- Which feed a table's rows come from: hub.feed_table; which direction of trade a variant of a feed is for: hub.feed_direction
-- Leaves  a row: needs, for the sessions that load rows (ingest/need_tables.sql says what they are), with what is personal and stands in elements
--         that are not (`sealed`), for check; parts, what rows that are matched with an
--         order must be like (`bad`: SQL), by the feed they came in and the order's mode and direction; `told` as their partner knows it, with
--         the feed that asks for it
WITH need_rule AS MATERIALIZED (
    SELECT DISTINCT t.feed, t.table_name, t.lines AS is_line, m.ie_flag, m.trade_mode, r.kind, r.required AND NOT a.attnotnull AS needed,
           r.lines, a.attname::text AS column_name, r.element, r.personal, r.length, r.total, r.fraction, r.allowed
    FROM jsonb_to_recordset($1::jsonb) AS r (kind text, lines int, required boolean, rel oid, att int,
         element text, personal boolean, length int, total int, fraction int, allowed text[])
    JOIN pg_class c ON c.oid = r.rel AND c.relnamespace = 'hub'::regnamespace
    JOIN pg_attribute a ON a.attrelid = r.rel AND a.attnum = r.att
    JOIN hub.feed_table t ON t.table_name = c.relname
    JOIN hub.asks m ON m.what = t.what AND m.kind = r.kind AND (m.valid_until IS NULL OR m.valid_until > current_date)
), need_feed AS MATERIALIZED (
    SELECT f.feed, f.rows, f.col AS column_name, f.name, f.required, f.sealed, f.utf16, d.ie_flag AS direction,
           coalesce(f.length, (SELECT max(char_length(v)) FROM unnest(f.allowed) v)) AS length,
           coalesce(f.total, (SELECT max(char_length(v)) FROM unnest(f.allowed) v)) AS total, f.fraction, f.allowed
    FROM jsonb_to_recordset($2::jsonb) AS f (feed text, rows text, col text, name text,
         required boolean, sealed boolean, utf16 boolean, length int, total int, fraction int, allowed text[])
    LEFT JOIN hub.feed_direction d USING (feed)
), need_column AS MATERIALIZED (
    SELECT feed, column_name, array_agg(DISTINCT ie_flag) AS ie_flags, string_agg(DISTINCT kind, ', ') AS kinds
    FROM need_rule WHERE needed GROUP BY feed, column_name
), need_lines AS MATERIALIZED (
    SELECT feed, ie_flag, min(lines) AS most FROM need_rule WHERE is_line AND lines IS NOT NULL GROUP BY feed, ie_flag
), need_fit AS MATERIALIZED (
    SELECT f.feed, f.column_name, f.name, f.sealed, f.direction, r.table_name, r.is_line, r.ie_flag, r.trade_mode, r.kind, u.bad,
           concat_ws(' ', r.kind, r.element, '<=', u.most) AS told
    FROM need_feed f
    JOIN need_rule r ON r.feed = f.rows AND r.column_name = f.column_name AND (f.direction IS NULL OR r.ie_flag IN ('', f.direction))
    CROSS JOIN LATERAL (
        SELECT string_agg(x.bad, ' OR ') AS bad, string_agg(x.most, ', ') AS most
        FROM (VALUES
            (coalesce(f.length > r.length, r.length IS NOT NULL),
             format(CASE WHEN f.utf16 THEN 'char_length(v.%1$I) + char_length(regexp_replace(v.%1$I, ''[^\U00010000-\U0010FFFF]'', '''', ''g'')) > %2$s'
                    ELSE 'char_length(v.%1$I) > %2$s' END, f.column_name, r.length), r.length::text),
            (coalesce(f.total > r.total, r.total IS NOT NULL),
             format('char_length(ltrim(replace(abs(trim_scale(v.%I::numeric))::text, ''.'', ''''), ''0'')) > %s', f.column_name, r.total),
             r.total || ' digits'),
            (coalesce(f.fraction > r.fraction, r.fraction IS NOT NULL),
             format('scale(trim_scale(v.%I::numeric)) > %s', f.column_name, r.fraction), r.fraction || ' decimals'),
            (coalesce(NOT f.allowed <@ r.allowed, r.allowed IS NOT NULL),
             format('v.%I::text <> ALL (%L)', f.column_name, r.allowed), array_to_string(r.allowed, ' '))
        ) x (unfit, bad, most)
        WHERE x.unfit) u
    WHERE u.bad IS NOT NULL
),
-- Rows of a feed that says nothing of the direction are judged where their order is known.
need_part AS MATERIALIZED (
    SELECT n.feed, r.table_name, r.trade_mode, r.ie_flag, 'E5110' AS code, format('v.%I IS NULL', r.column_name) AS bad,
           string_agg(DISTINCT r.kind, ', ') || ' ' || coalesce(w.name, max(r.element)) || coalesce(' (' || w.feed || ')', '') AS told
    FROM need_rule r
    JOIN (SELECT DISTINCT feed, rows FROM need_feed WHERE direction IS NULL) n ON n.rows = r.feed
    LEFT JOIN need_feed f ON f.feed = n.feed AND f.column_name = r.column_name
    LEFT JOIN LATERAL (SELECT w.feed, w.name FROM need_feed w
                       WHERE w.rows = r.feed AND w.column_name = r.column_name AND w.required
                       ORDER BY w.feed LIMIT 1) w ON true
    WHERE r.needed AND f.required IS NOT TRUE AND r.ie_flag <> ''
    GROUP BY n.feed, r.table_name, r.trade_mode, r.ie_flag, r.column_name, w.name, w.feed
    UNION ALL
    SELECT feed, table_name, trade_mode, ie_flag, 'E5111', bad, min(name || ': ' || told)
    FROM need_fit WHERE direction IS NULL AND NOT sealed AND ie_flag <> '' AND table_name IN (SELECT table_name FROM hub.feed_table WHERE what = 'trade')
    GROUP BY feed, table_name, trade_mode, ie_flag, bad
)
SELECT jsonb_build_object('columns', (SELECT coalesce(jsonb_agg(n), '[]') FROM need_column n),
                          'lines', (SELECT coalesce(jsonb_agg(n), '[]') FROM need_lines n),
                          'fit', (SELECT coalesce(jsonb_agg(n), '[]') FROM need_fit n),
                          'sealed', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('feed', f.feed, 'name', f.name, 'kind', r.kind, 'element', r.element)), '[]')
                                     FROM need_feed f JOIN need_rule r ON r.feed = f.rows AND r.column_name = f.column_name
                                     WHERE f.sealed AND NOT r.personal AND r.element IS NOT NULL)) AS needs,
       (SELECT coalesce(jsonb_agg(n), '[]') FROM need_part n) AS parts
