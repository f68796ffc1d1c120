-- code: X0201
-- title zh: 银行流水中该订单入账合计为 {want}
-- title en: the bank's book has {want} for this order
-- todo zh: 与银行核对收款
-- todo en: compare the payments with the bank
-- source: agreement with the city bank, 2026

-- statement
SELECT p.tid, trim_scale(sum(p.charge)), trim_scale(max(b.booked))
FROM payments p
JOIN touched t ON t.tid = p.tid
JOIN (SELECT order_no, currency, sum(amount) AS booked FROM hub.rows_bankbook
      WHERE current AND direction = 'C' AND order_no <> '' GROUP BY order_no, currency) b
     ON b.order_no = t.order_no AND b.currency = p.currency
GROUP BY p.tid
HAVING sum(p.charge) <> max(b.booked)
