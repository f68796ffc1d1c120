-- The number of an agency's next bundle, and which one of its business date it will be: numbers since those of earlier dates, so that
-- what this hub gave and no longer knows (hub.given, after a restore) counts as of that date and none of its names is given again.
-- Parameters $1 agency, $2 business date
WITH given AS (
    SELECT greatest(coalesce(max(seq), 0),
                    (SELECT max(number) FROM hub.given WHERE what = 'bundle' AND agency = $1))::int + 1 AS sequence,
           min(seq) FILTER (WHERE business_date = $2) AS first
    FROM hub.bundle WHERE agency = $1
)
SELECT g.sequence, g.sequence - coalesce((SELECT max(seq) FROM hub.bundle WHERE agency = $1 AND (g.first IS NULL OR seq < g.first)), 0) AS nth
FROM given g
