-- Periods of a report to look at: the one that was over last, its days of grace too, and all since the last one that was looked at (the
-- hub may have been away), the newest ones again, and those of which something is open. What an agency takes the first time begins with
-- the period that was over last.
-- Parameters $1 agency, $2 kind, $3 unit, $4 days after its end, $5 how many are looked at again, $6 told once (boolean),
--            $7 no period that ends before this day, or NULL, $8 the first day that a period must have ended before (YYYYMMDD)
WITH newest AS (
    SELECT hub.period_begin($3, hub.period_begin($3, to_date($8, 'YYYYMMDD') - $4::int) - 1) AS begins, hub.period_step($3) AS step
), known AS (
    SELECT min(period_from) AS first, max(period_from) AS last FROM hub.report_period WHERE agency = $1 AND kind = $2 AND unit = $3
), periods AS (
    SELECT s::date AS begins
    FROM newest n CROSS JOIN known k
    CROSS JOIN LATERAL generate_series(greatest(k.first::timestamp, least(k.last + n.step, n.begins - ($5::int - 1) * n.step)), n.begins::timestamp, n.step) s
    WHERE k.first IS NOT NULL
    UNION
    SELECT begins FROM newest CROSS JOIN known WHERE first IS NULL
    UNION
    SELECT period_from FROM hub.report_period WHERE agency = $1 AND kind = $2 AND unit = $3 AND (open OR looked_at IS NULL OR error IS NOT NULL)
    UNION -- what was to be said presumed what is not so by now (declare/standing.sql)
    SELECT p.period_from
    FROM hub.ready q JOIN hub.report r ON r.subject_hash = q.subject_hash AND r.row_id = q.row_id
    JOIN hub.report_period p ON p.agency = r.agency AND p.kind = r.kind AND p.period = r.period
    WHERE q.agency = $1 AND q.what = 'report ' || $2 AND q.what LIKE 'report %' AND q.held AND p.unit = $3
)
SELECT hub.period_name($3, p.begins) AS period, to_char(p.begins, 'YYYYMMDD') AS period_from,
       to_char(p.begins + n.step, 'YYYYMMDD') AS period_until
FROM periods p CROSS JOIN newest n
LEFT JOIN hub.report_period k ON k.agency = $1 AND k.kind = $2 AND k.period = hub.period_name($3, p.begins)
WHERE ($7::text IS NULL OR p.begins + n.step > to_date($7, 'YYYYMMDD'))
  AND NOT ($6::boolean AND k.looked_at IS NOT NULL AND NOT k.open)
ORDER BY p.begins
