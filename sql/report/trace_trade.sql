-- A trade and its verdict, and what becomes of its list where it was voided. Parameters $1 trade_hash, $2 key_code, $3 order_no.
-- Setting hub.closing (JSON, as in declare/waits.sql)
SELECT k.order_no, k.key_code AS numbered_by, coalesce(t.verdict, 'not reconciled yet') AS verdict,
       date_trunc('second', t.since) AS since, concat_ws(': ', nullif(array_to_string(t.waiting_for, ', '), ''),
                 (SELECT string_agg('no rate of ' || m.kind || ' ' || m.code || ', first asked about ' || m.first_day, ', ' ORDER BY m.kind, m.code)
                  FROM hub.missing_rate m
                  WHERE m.trade_hash = k.trade_hash AND m.key_code = k.key_code AND m.order_no = k.order_no)) AS waiting_for,
       (SELECT string_agg(r.agency || ': ' || CASE
                   WHEN u.agency IS NOT NULL THEN 'nothing withdraws its list: ' || coalesce(nullif(u.kind, '') || ' is not among the messages', 'no rule names a message')
                   WHEN r.held THEN 'its list is withdrawn once it has its number'
                   ELSE 'its list is withdrawn by the next bundle' END, ', ' ORDER BY r.agency)
        FROM hub.ready r
        LEFT JOIN hub.untold_voids(current_setting('hub.closing')::jsonb) u
            ON u.agency = r.agency AND u.trade_hash = r.trade_hash AND u.key_code = r.key_code AND u.order_no = r.order_no
        WHERE r.what = 'void' AND r.trade_hash = k.trade_hash AND r.key_code = k.key_code AND r.order_no = k.order_no) AS withdrawal,
       date_trunc('second', t.checked_at) AS checked
FROM (SELECT $1::bigint AS trade_hash, $2::text AS key_code, $3::text AS order_no) k
LEFT JOIN hub.trade t USING (trade_hash, key_code, order_no)
