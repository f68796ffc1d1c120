-- code: X0201
-- title zh: 银行流水中该订单入账合计为 {want}
-- title en: the bank's book has {want} for this order
-- todo zh: 与银行核对收款
-- todo en: compare the payments with the bank
-- source: agreement with the city bank, 2026

-- note: the bank names no platform: an order whose number another platform has given too is not compared

-- touches
SELECT o.subject_hash, o.issuer, o.order_no
FROM (SELECT DISTINCT order_no FROM came_rows_bankbook WHERE order_no <> '') b CROSS JOIN LATERAL hub.orders_numbered(b.order_no) o

-- statement
SELECT p.tid, trim_scale(sum(p.charge)), trim_scale(max(b.booked))
FROM payments p
JOIN touched t ON t.tid = p.tid
CROSS JOIN LATERAL (SELECT sum(b.amount) AS booked FROM hub.rows_bankbook b
                    WHERE b.order_no = t.order_no AND b.currency = p.currency
                      AND b.current AND b.app_type <> '3' AND b.direction = 'C' OFFSET 0) b
WHERE b.booked IS NOT NULL AND (SELECT count(*) FROM hub.orders_numbered(t.order_no)) = 1
GROUP BY p.tid
HAVING sum(p.charge) <> max(b.booked)
