-- Declared trades that were voided, and whose list no message of the agency withdraws. It goes out once the kind is there.
-- Setting hub.closing (JSON, as in declare/waits.sql)
SELECT v.agency, v.kind, count(*) AS orders,
       min(v.order_no) || CASE count(*) WHEN 1 THEN '' ELSE ' …' END AS number,
       date_trunc('second', min(t.since)) AS since, 'E1140' AS code, v.kind AS want,
       CASE v.kind WHEN '' THEN 'a line of asked_message.tsv says which message withdraws it'
       ELSE 'add "' || replace(v.kind, ', ', '", "') || '" to messages of agency "' || v.agency || '", then landport run' END AS next
FROM hub.untold_void v
LEFT JOIN hub.trade t USING (subject_hash, issuer, order_no)
GROUP BY v.agency, v.kind ORDER BY v.agency, v.kind
