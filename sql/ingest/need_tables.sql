-- What messages ask of rows, for the session. Takes need_raw (jobs/needs.c): columns of our tables in elements that must be
-- there, and of levels whose rows are lines of a document how many it holds. Which feed a table's rows come from: hub.feed_table
CREATE TEMP VIEW need_rule AS
SELECT DISTINCT t.feed, t.lines AS is_line, m.ie_flag, r.kind, r.required AND NOT a.attnotnull AS needed, r.lines,
       a.attname::text AS column_name
FROM need_raw r
JOIN pg_class c ON c.oid = r.rel AND c.relnamespace = 'hub'::regnamespace
JOIN pg_attribute a ON a.attrelid = r.rel AND a.attnum = r.att
JOIN hub.feed_table t ON t.table_name = c.relname
JOIN hub.message_rule m ON m.what = t.what AND m.kind = r.kind AND (m.valid_until IS NULL OR m.valid_until > current_date);

CREATE TEMP TABLE need_column AS
SELECT feed, column_name, array_agg(DISTINCT ie_flag) AS ie_flags, string_agg(DISTINCT kind, ', ') AS kinds
FROM need_rule WHERE needed GROUP BY feed, column_name;

CREATE TEMP TABLE need_lines AS
SELECT feed, ie_flag, min(lines) AS most FROM need_rule WHERE is_line AND lines IS NOT NULL GROUP BY feed, ie_flag;

DROP VIEW need_rule
