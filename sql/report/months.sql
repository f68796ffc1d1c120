-- Consignors whose lists of a month are summed up without those nobody answered yet, or wait for these.
SELECT s.agency, s.ebc_code AS consignor, s.month, s.state, s.lists AS stand, o.lists AS unanswered,
       CASE WHEN s.state = 'applied' THEN 'ask the agency whether it summed these up'
            ELSE 'the application waits for their receipts, until '
                 || to_char(to_date(s.month, 'YYYYMM') + interval '1 month' + make_interval(days => m.by_day - 1), 'YYYY-MM-DD') END AS next
FROM (SELECT agency, ebc_code, month, count(*) AS lists FROM hub.summary_open GROUP BY 1, 2, 3) o
JOIN hub.summary s ON s.subject_hash = hub.subject_hash(o.ebc_code, o.month) AND s.agency = o.agency AND s.ebc_code = o.ebc_code AND s.month = o.month
CROSS JOIN (SELECT coalesce(max(by_day), 1) AS by_day FROM hub.message_rule WHERE what = 'month') m
ORDER BY s.month, s.agency, o.lists DESC, s.ebc_code LIMIT 100
