-- A seller's month: of its orders how many matched, how many are broken, from how many goods came back, and the score these make.
-- Setting hub.kind: which message asks.

-- report: month after 5 days, again: change
SELECT n.ebc_code AS issuer,
       jsonb_build_object('name', n.name, 'matched', n.matched, 'broken', n.broken, 'returned', n.returned,
                          'score', round(100.0 * (n.matched - 0.5 * n.returned) / (n.matched + n.broken), 1)) AS said
FROM (SELECT o.ebc_code, max(o.ebc_name) AS name, count(*) FILTER (WHERE t.verdict = 'matched') AS matched,
             count(*) FILTER (WHERE t.verdict = 'broken') AS broken,
             count(r.order_no) FILTER (WHERE t.verdict = 'matched') AS returned
      FROM hub.trade_order o
      JOIN hub.trade t ON t.subject_hash = o.subject_hash AND t.issuer = o.issuer AND t.order_no = o.order_no
      LEFT JOIN (SELECT DISTINCT subject_hash, issuer, order_no FROM hub.goods_return WHERE current AND app_type <> '3') r
        ON r.subject_hash = o.subject_hash AND r.issuer = o.issuer AND r.order_no = o.order_no
      WHERE o.current AND o.app_type <> '3' AND left(o.order_time, 8) >= (SELECT current_setting('hub.period_from'))
        AND left(o.order_time, 8) < (SELECT current_setting('hub.period_until'))
      GROUP BY o.ebc_code) n
WHERE n.matched + n.broken > 0

-- level: Seller
SELECT d.doc_no, r.issuer AS seller_code, r.said ->> 'name' AS seller_name, r.period AS month, d.app_type,
       (r.said ->> 'matched')::int AS matched, (r.said ->> 'broken')::int AS broken, (r.said ->> 'returned')::int AS returned,
       (r.said ->> 'score')::numeric AS score
FROM hub.document d
JOIN hub.report r ON r.subject_hash = d.subject_hash AND r.row_id = d.source_row
WHERE d.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND d.kind = (SELECT current_setting('hub.kind'))
ORDER BY d.doc_no
