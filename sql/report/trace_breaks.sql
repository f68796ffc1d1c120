-- Why a trade does not match, and what keeps its returns. Parameters $1 trade_hash, $2 key_code, $3 order_no
SELECT code, seen, want FROM hub.trade_break
WHERE trade_hash = $1::bigint AND key_code = $2 AND order_no = $3
UNION ALL
SELECT code, seen, want FROM hub.return_wait
WHERE trade_hash = $1::bigint AND key_code = $2 AND order_no = $3
ORDER BY code, seen
