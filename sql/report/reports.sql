-- What of reports is not told yet or was told without something, and periods of which none could be made.
SELECT o.agency, o.kind, o.period, o.issuer AS of, nullif(o.number, o.period) AS number,
       CASE WHEN o.waits THEN 'waits' ELSE 'told' END AS state, o.note, date_trunc('second', o.since) AS since, NULL::text AS next
FROM (SELECT * FROM hub.report_open WHERE waits OR note IS NOT NULL ORDER BY period, agency, kind, issuer, number LIMIT 100) o
UNION ALL
SELECT agency, kind, period, NULL, NULL, 'failed', error, date_trunc('second', looked_at), 'correct section report of its extract file; then landport run'
FROM hub.report_period WHERE error IS NOT NULL
ORDER BY period, agency, kind, of, number
