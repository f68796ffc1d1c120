-- Trades that a number leads to: an order's, a payment's or a waybill's. Parameter $1 number
-- Looked up under each issuer that is known (hub.issuer): no index holds bare numbers.
WITH orders AS (
    SELECT array_agg(hub.trade_hash(code, $1)) AS hashes
    FROM (SELECT DISTINCT code FROM hub.issuer WHERE numbers = 'order') i
), parts AS (
    SELECT array_agg(code || '/' || $1) AS keys, array_agg(hashtextextended(code || '/' || $1, 0)) AS hashes
    FROM hub.issuer WHERE numbers = 'part'
)
SELECT DISTINCT trade_hash, key_code, order_no FROM (
    SELECT trade_hash, key_code, order_no FROM hub.trade
    WHERE trade_hash = ANY ((SELECT hashes FROM orders)::bigint[]) AND order_no = $1
    UNION ALL SELECT trade_hash, key_code, order_no FROM hub.trade_order
    WHERE trade_hash = ANY ((SELECT hashes FROM orders)::bigint[]) AND order_no = $1
    UNION ALL SELECT trade_hash, key_code, order_no FROM hub.payment
    WHERE trade_hash = ANY ((SELECT hashes FROM orders)::bigint[]) AND order_no = $1
    UNION ALL SELECT trade_hash, key_code, order_no FROM hub.waybill
    WHERE trade_hash = ANY ((SELECT hashes FROM orders)::bigint[]) AND order_no = $1
    UNION ALL SELECT trade_hash, key_code, order_no FROM hub.payment
    WHERE hashtextextended(part_key, 0) = ANY ((SELECT hashes FROM parts)::bigint[]) AND part_key = ANY ((SELECT keys FROM parts)::text[])
    UNION ALL SELECT trade_hash, key_code, order_no FROM hub.waybill
    WHERE hashtextextended(part_key, 0) = ANY ((SELECT hashes FROM parts)::bigint[]) AND part_key = ANY ((SELECT keys FROM parts)::text[])
) t ORDER BY key_code, order_no LIMIT 20
