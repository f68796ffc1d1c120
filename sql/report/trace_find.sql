-- Trades that a number leads to: an order's, a payment's or a waybill's. Parameter $1 number
SELECT DISTINCT trade_hash, key_code, order_no FROM (
    SELECT trade_hash, key_code, order_no FROM hub.trade WHERE order_no = $1
    UNION ALL SELECT trade_hash, key_code, order_no FROM hub.trade_order WHERE order_no = $1
    UNION ALL SELECT trade_hash, key_code, order_no FROM hub.payment WHERE pay_no = $1 OR order_no = $1
    UNION ALL SELECT trade_hash, key_code, order_no FROM hub.waybill WHERE logistics_no = $1 OR order_no = $1
) t ORDER BY key_code, order_no LIMIT 20
