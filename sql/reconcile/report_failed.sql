-- A report could not be made: it is tried again each time. Parameters $1 agency, $2 kind, $3 unit, $4 period, $5 its first day (YYYYMMDD), $6 why
INSERT INTO hub.report_period AS p (agency, kind, period, unit, period_from, open, error)
VALUES ($1, $2, $4, $3, to_date($5, 'YYYYMMDD'), false, $6)
ON CONFLICT (agency, kind, period) DO UPDATE SET error = excluded.error
