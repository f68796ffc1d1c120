-- Returns that cannot go although they were taken: their order is not there, or came later and has less of them. They go by
-- themselves once it is as they say; their partners are told once (publish/odd.sql).
SELECT w.party AS partner, b.name || ':' || g.line AS rows, w.part_key AS return, w.order_no AS order, date_trunc('second', w.since) AS since,
       w.code, w.seen, w.want
FROM hub.return_wait w
JOIN hub.goods_return g ON g.subject_hash = w.subject_hash AND g.row_id = w.row_id
JOIN hub.batch b ON b.batch_id = g.batch_id
ORDER BY w.since, w.party, w.order_no, w.part_key LIMIT 100
