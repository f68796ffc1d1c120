-- What partners have not been told of yet: what lies in their drop boxes and can be no upload (about: box), and returns that wait for
-- their order (about: return; why is a code of err.def)
SELECT party, shown, why, 'box' AS about, NULL AS want FROM hub.odd WHERE NOT told
UNION ALL
SELECT w.party, concat_ws(' ', b.name || ':' || g.line, w.order_no, w.seen), w.code, 'return', w.want
FROM hub.return_wait w
JOIN hub.goods_return g ON g.trade_hash = w.trade_hash AND g.row_id = w.row_id
JOIN hub.batch b ON b.batch_id = g.batch_id
WHERE NOT w.told
ORDER BY party, about, shown
