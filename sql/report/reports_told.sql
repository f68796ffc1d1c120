-- A sentence for each report of which something is open, and how much.
SELECT format('report %s of %s to %s: %s; see landport status', kind, period, agency,
              concat_ws(', ', CASE WHEN count(*) FILTER (WHERE waits) > 0 THEN count(*) FILTER (WHERE waits) || ' not told yet' END,
                        CASE WHEN count(*) FILTER (WHERE NOT waits) > 0 THEN count(*) FILTER (WHERE NOT waits) || ' told without all that belongs to it' END)) AS told,
       count(*) AS number
FROM hub.report_open WHERE waits OR note IS NOT NULL
GROUP BY period, agency, kind ORDER BY period, agency, kind
