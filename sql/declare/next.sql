-- The number of an agency's next bundle, and which one of its business date it will be. Parameters $1 agency, $2 business date
SELECT greatest(coalesce(max(seq), 0),
                (SELECT max(number) FROM hub.given WHERE what = 'bundle' AND agency = $1))::int + 1 AS sequence,
       count(*) FILTER (WHERE business_date = $2) + 1 AS nth
FROM hub.bundle WHERE agency = $1
