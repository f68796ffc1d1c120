-- An order's versions and the files they came in. Parameters $1 subject_hash, $2 issuer, $3 order_no
SELECT row_number() OVER (ORDER BY b.upload_id, b.item, o.line) AS version, o.current,
       hub.batch_name(o.batch_id) AS batch, b.party AS partner, b.name AS file,
       CASE WHEN b.files > 1 THEN b.entry END AS entry,
       o.line, o.app_type, o.trade_mode, o.order_time, o.goods_value, o.freight, o.discount, o.tax_total,
       o.currency, o.country,
       (SELECT count(*) FROM hub.order_item i
        WHERE i.subject_hash = o.subject_hash AND i.row_id = o.row_id) AS goods_lines, b.archived
FROM hub.trade_order o LEFT JOIN hub.batch b USING (batch_id)
WHERE o.subject_hash = $1::bigint AND o.issuer = $2 AND o.order_no = $3 ORDER BY version
