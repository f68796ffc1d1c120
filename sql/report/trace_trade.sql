-- A trade and its verdict. Parameters $1 trade_hash, $2 key_code, $3 order_no
SELECT k.order_no, k.key_code AS numbered_by, coalesce(t.verdict, 'not reconciled yet') AS verdict,
       date_trunc('second', t.since) AS since, concat_ws(': ', nullif(array_to_string(t.waiting_for, ', '), ''),
                 (SELECT string_agg('no rate of ' || m.kind || ' ' || m.code || ', first asked about ' || m.first_day, ', ' ORDER BY m.kind, m.code)
                  FROM hub.missing_rate m
                  WHERE m.trade_hash = k.trade_hash AND m.key_code = k.key_code AND m.order_no = k.order_no)) AS waiting_for,
       date_trunc('second', t.checked_at) AS checked
FROM (SELECT $1::bigint AS trade_hash, $2::text AS key_code, $3::text AS order_no) k
LEFT JOIN hub.trade t USING (trade_hash, key_code, order_no)
