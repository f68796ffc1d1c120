-- What is wrong with the rows of a file of rates beside their form. Takes rate_row. Parameter $1 replace (boolean): a rate that
-- is there with another value is corrected
SELECT line, rule.column_name, rule.code, rule.seen, rule.want
FROM (SELECT r.*, kind = 'customs' AS exchange, min(line) OVER (PARTITION BY kind, code, valid_from) AS first_line,
             known.rate AS known_rate
      FROM rate_row r
      LEFT JOIN LATERAL (SELECT x.rate FROM hub.exchange_rate x
                         WHERE r.kind = x.kind AND x.currency = r.code AND x.valid_from = r.valid_from
                           AND (x.rate, x.valid_until, x.source) IS DISTINCT FROM (r.rate, r.valid_until, r.source)
                         UNION ALL
                         SELECT t.rate FROM hub.import_rate t
                         WHERE r.kind = t.kind AND t.gcode = r.code AND t.valid_from = r.valid_from
                           AND (t.rate, t.valid_until, t.source) IS DISTINCT FROM (r.rate, r.valid_until, r.source)) known ON true) s
CROSS JOIN LATERAL (VALUES
    (exchange AND currency IS NULL, 'currency', 'E2001', NULL, NULL),
    (exchange AND currency = '142', 'currency', 'E2011', currency, '<> 142'),
    (exchange AND gcode IS NOT NULL, 'gcode', 'E2017', gcode, '""'),
    (NOT exchange AND currency IS NOT NULL, 'currency', 'E2017', currency, '""'),
    (NOT exchange AND units <> 1, 'units', 'E2017', units::text, '1'),
    (exchange AND rate = 0, 'rate', 'E2009', '0', '> 0'),
    (kind = 'consumption' AND rate >= 1, 'rate', 'E2010', trim_scale(rate)::text, '< 1'),
    (kind IN ('duty', 'vat') AND rate > 3, 'rate', 'E2010', trim_scale(rate)::text, '<= 3'),
    (valid_until <= valid_from, 'until', 'E2009', to_char(valid_until - 1, 'YYYYMMDD'), '>= ' || to_char(valid_from, 'YYYYMMDD')),
    (line <> first_line, 'from', 'E4007', NULL, first_line::text),
    (known_rate IS NOT NULL AND NOT $1::boolean, 'rate', 'E1074', trim_scale(rate)::text, trim_scale(known_rate)::text)
) rule (broken, column_name, code, seen, want)
WHERE rule.broken
ORDER BY line, rule.column_name
