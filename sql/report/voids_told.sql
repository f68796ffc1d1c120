-- A sentence for each agency and kind of what voids.sql lists, and how many they are. Setting hub.closing
SELECT format(CASE what WHEN 'void' THEN '%s: no message withdraws the lists of %s voided %s: %s; see landport status'
              ELSE '%s: no message tells of %s voided %s: %s; see landport status' END,
              agency, orders, CASE what WHEN 'void' THEN CASE orders WHEN 1 THEN 'order' ELSE 'orders' END
                              ELSE CASE orders WHEN 1 THEN 'row' ELSE 'rows' END || ' of ' || substr(what, 6) END,
              CASE kind WHEN '' THEN 'no rule names one' ELSE kind || ' is not among the agency''s messages' END) AS told, orders AS number
FROM (SELECT agency, what, kind, count(*) AS orders FROM hub.untold_void
      GROUP BY agency, what, kind ORDER BY agency, what, kind) v
