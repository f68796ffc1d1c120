-- A sentence for each agency and kind of what voids.sql lists, and how many orders they are. Setting hub.closing
SELECT format('%s: no message withdraws the lists of %s voided %s: %s; see landport status',
              agency, orders, CASE orders WHEN 1 THEN 'order' ELSE 'orders' END,
              CASE kind WHEN '' THEN 'no rule names one' ELSE kind || ' is not among the agency''s messages' END) AS told, orders AS number
FROM (SELECT agency, kind, count(*) AS orders FROM hub.untold_void
      GROUP BY agency, kind ORDER BY agency, kind) v
