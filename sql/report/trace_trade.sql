-- A trade and its verdict. Parameters $1 trade_hash, $2 key_code, $3 order_no
SELECT k.order_no, k.key_code AS numbered_by, coalesce(t.verdict, 'not reconciled yet') AS verdict,
       date_trunc('second', t.since) AS since, array_to_string(t.waiting_for, ', ') AS waiting_for,
       date_trunc('second', t.checked_at) AS checked
FROM (SELECT $1::bigint AS trade_hash, $2::text AS key_code, $3::text AS order_no) k
LEFT JOIN hub.trade t USING (trade_hash, key_code, order_no)
