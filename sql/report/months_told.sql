-- A sentence for each month and agency of which lists are open, and how many lists
SELECT format('lists of %s, %s: %s of %s %s have no answer and are not summed up; see landport status',
              month, agency, lists, consignors, CASE consignors WHEN 1 THEN 'consignor' ELSE 'consignors' END), lists
FROM (SELECT month, agency, count(*) AS lists, count(DISTINCT ebc_code) AS consignors FROM hub.summary_open
      GROUP BY month, agency ORDER BY month, agency) o
