-- What an agency was told and is voided, and no message of it says so: trades, whose lists it withdraws, and rows of feeds. It goes out once the
-- kind is there.
-- Setting hub.closing (JSON, as in declare/waits.sql)
SELECT v.agency, v.kind, count(*) AS orders,
       min(v.order_no) || CASE count(*) WHEN 1 THEN '' ELSE ' …' END AS number,
       date_trunc('second', min(t.since)) AS since, 'E1140' AS code, v.kind AS want,
       CASE WHEN v.kind = '' AND v.what = 'void' THEN 'a line of asked_message.tsv says which message withdraws it'
       WHEN v.kind = '' THEN 'a line of asked_message.tsv with ' || v.what || ' as what says which message tells it'
       ELSE 'add "' || replace(v.kind, ', ', '", "') || '" to messages of agency "' || v.agency || '", then landport run' END AS next
FROM hub.untold_void v
LEFT JOIN hub.trade t ON v.what = 'void' AND t.subject_hash = v.subject_hash AND t.issuer = v.issuer AND t.order_no = v.order_no
GROUP BY v.agency, v.what, v.kind ORDER BY v.agency, v.what, v.kind
