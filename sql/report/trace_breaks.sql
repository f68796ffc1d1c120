-- Why a trade does not match, and what keeps its returns. Parameters $1 subject_hash, $2 issuer, $3 order_no
SELECT code, seen, want FROM hub.trade_break
WHERE subject_hash = $1::bigint AND issuer = $2 AND order_no = $3
UNION ALL
SELECT code, seen, want FROM hub.return_wait
WHERE subject_hash = $1::bigint AND issuer = $2 AND order_no = $3
ORDER BY code, seen
