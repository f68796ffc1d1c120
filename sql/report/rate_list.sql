-- Rates, newest first. Parameters $1 kind, $2 currency or HS code, $3 only those that count on that day (YYYYMMDD); NULL: any
SELECT kind, code, valid_from AS "from", valid_until - 1 AS until, trim_scale(rate) AS rate, source
FROM (SELECT kind, currency AS code, valid_from, rate, source,
             coalesce(valid_until, (date_trunc('month', valid_from) + interval '1 month')::date) AS valid_until
      FROM hub.exchange_rate WHERE currency <> '142'
      UNION ALL
      SELECT kind, gcode, valid_from, rate, source, valid_until FROM hub.import_rate) r
WHERE kind = coalesce($1::text, kind)
  AND CASE WHEN $2::text IS NULL THEN true WHEN kind = 'customs' THEN code = $2 ELSE starts_with($2, code) END
  AND ($3::text IS NULL OR valid_from <= to_date($3, 'YYYYMMDD') AND (valid_until IS NULL OR valid_until > to_date($3, 'YYYYMMDD')))
ORDER BY kind, code, valid_from DESC
