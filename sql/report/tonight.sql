-- Each agency's bundles of its newest business date.
SELECT b.name AS bundle, b.agency, b.business_date, b.state, b.documents, b.bytes,
       date_trunc('second', b.closed_at) AS closed, date_trunc('second', b.published_at) AS published
FROM hub.bundle b
JOIN (SELECT agency, max(business_date) AS newest FROM hub.bundle GROUP BY agency) n
  ON n.agency = b.agency AND n.newest = b.business_date
ORDER BY b.agency, b.seq
