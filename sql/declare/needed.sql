-- Is a bundle due: something is ready, or the business date has none yet.
-- Parameters $1 agency, $2 business date
SELECT EXISTS (SELECT FROM hub.ready_matched WHERE agency = $1)
    OR NOT EXISTS (SELECT FROM hub.bundle WHERE agency = $1 AND business_date = $2)
