-- What partners are told of: what lies in their drop boxes and can be no upload (about: box), and returns that wait for their order
-- (about: return; why is a code of err.def). Parameters $1 the notice that told of it, NULL: what no notice did yet; $2 its party, or
-- NULL. key: which row it is, for publish/notice.sql
SELECT party, shown, why, 'box' AS about, NULL AS want, name_hash AS key FROM hub.odd
WHERE notice IS NOT DISTINCT FROM $1 AND ($2::text IS NULL OR party = $2)
UNION ALL
SELECT w.party, concat_ws(' ', b.name || ':' || g.line, w.order_no, w.seen), w.code, 'return', w.want, w.row_id || ' ' || w.code
FROM hub.return_wait w
JOIN hub.goods_return g ON g.subject_hash = w.subject_hash AND g.row_id = w.row_id
JOIN hub.batch b ON b.batch_id = g.batch_id
WHERE w.notice IS NOT DISTINCT FROM $1 AND ($2::text IS NULL OR w.party = $2)
ORDER BY party, about, shown
