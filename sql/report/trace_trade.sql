-- A trade and its verdict, and what becomes of its list where it was voided. Parameters $1 subject_hash, $2 issuer, $3 order_no.
-- Setting hub.closing (JSON, as in declare/waits.sql)
SELECT k.order_no, k.issuer AS numbered_by, coalesce(t.verdict, 'not reconciled yet') AS verdict,
       date_trunc('second', t.since) AS since, concat_ws(': ', nullif(array_to_string(t.waiting_for, ', '), ''),
                 (SELECT string_agg('no rate of ' || m.kind || ' ' || m.code || ', first asked about ' || m.first_day, ', ' ORDER BY m.kind, m.code)
                  FROM hub.missing_rate m
                  WHERE m.subject_hash = k.subject_hash AND m.issuer = k.issuer AND m.order_no = k.order_no)) AS waiting_for,
       (SELECT string_agg(r.agency || ': ' || CASE
                   WHEN u.agency IS NOT NULL THEN 'nothing withdraws its list: ' || coalesce(nullif(u.kind, '') || ' is not among the messages', 'no rule names a message')
                   WHEN r.held THEN 'its list is withdrawn once it has its number'
                   ELSE 'its list is withdrawn by the next bundle' END, ', ' ORDER BY r.agency)
        FROM hub.ready r
        LEFT JOIN hub.untold_void u
            ON u.agency = r.agency AND u.what = 'void' AND u.subject_hash = r.subject_hash AND u.issuer = r.issuer AND u.order_no = r.number
        WHERE r.what = 'void' AND r.subject_hash = k.subject_hash AND r.issuer = k.issuer AND r.number = k.order_no) AS withdrawal,
       date_trunc('second', t.checked_at) AS checked
FROM (SELECT $1::bigint AS subject_hash, $2::text AS issuer, $3::text AS order_no) k
LEFT JOIN hub.trade t USING (subject_hash, issuer, order_no)
