-- Trades that a number leads to: an order's, a payment's or a waybill's. Parameter $1 number
-- Looked up under each issuer that is known (hub.trade_issuer): no index holds bare numbers.
WITH orders AS (
    SELECT array_agg(hub.subject_hash(code, $1)) AS hashes
    FROM (SELECT DISTINCT code FROM hub.trade_issuer WHERE numbers = 'number') i
), parts AS (
    SELECT array_agg(code || '/' || $1) AS keys, array_agg(hashtextextended(code || '/' || $1, 0)) AS hashes
    FROM (SELECT DISTINCT code FROM hub.trade_issuer WHERE numbers = 'part') i
)
SELECT DISTINCT subject_hash, issuer, order_no FROM (
    SELECT subject_hash, issuer, order_no FROM hub.trade
    WHERE subject_hash = ANY ((SELECT hashes FROM orders)::bigint[]) AND order_no = $1
    UNION ALL SELECT subject_hash, issuer, order_no FROM hub.trade_order
    WHERE subject_hash = ANY ((SELECT hashes FROM orders)::bigint[]) AND order_no = $1
    UNION ALL SELECT subject_hash, issuer, order_no FROM hub.payment
    WHERE subject_hash = ANY ((SELECT hashes FROM orders)::bigint[]) AND order_no = $1
    UNION ALL SELECT subject_hash, issuer, order_no FROM hub.waybill
    WHERE subject_hash = ANY ((SELECT hashes FROM orders)::bigint[]) AND order_no = $1
    UNION ALL SELECT subject_hash, issuer, order_no FROM hub.payment
    WHERE hashtextextended(part_key, 0) = ANY ((SELECT hashes FROM parts)::bigint[]) AND part_key = ANY ((SELECT keys FROM parts)::text[])
    UNION ALL SELECT subject_hash, issuer, order_no FROM hub.waybill
    WHERE hashtextextended(part_key, 0) = ANY ((SELECT hashes FROM parts)::bigint[]) AND part_key = ANY ((SELECT keys FROM parts)::text[])
) t ORDER BY issuer, order_no LIMIT 20
