-- What could not be written is tried again once a row it was made from is another: of its own rows reconcile makes it ready anyway, here
-- are the articles of its order, the rows of the trade a return or the like belongs to, and the waybills of a transport.
-- Parameters $1 the batches loaded since last time (array), $2 now
SELECT count(*) FROM hub.try_again(ARRAY(
    SELECT a.aside_id FROM hub.aside a
    WHERE a.state IN ('aside', 'dropped') AND (
        EXISTS (SELECT 1 FROM hub.trade_order o
                JOIN hub.order_item i ON i.subject_hash = o.subject_hash AND i.row_id = o.row_id
                JOIN hub.goods g ON g.subject_hash = hub.subject_hash(o.ebc_code, i.item_no) AND g.issuer = o.ebc_code
                                AND g.number = i.item_no AND g.current
                WHERE o.subject_hash = a.subject_hash AND o.row_id = a.order_row AND g.batch_id = ANY ($1::bigint[]))
        OR a.what NOT IN ('trade', 'void') AND EXISTS (
                SELECT 1 FROM (SELECT subject_hash, batch_id FROM hub.trade_order UNION ALL SELECT subject_hash, batch_id FROM hub.payment
                               UNION ALL SELECT subject_hash, batch_id FROM hub.waybill) t
                WHERE t.subject_hash = a.subject_hash AND t.batch_id = ANY ($1::bigint[]))
        OR a.what = 'departure' AND EXISTS (
                SELECT 1 FROM hub.departure_item i
                JOIN hub.waybill w ON hashtextextended(w.part_key, 0) = hashtextextended(a.issuer || '/' || i.logistics_no, 0)
                                  AND w.part_key = a.issuer || '/' || i.logistics_no AND w.current
                WHERE i.subject_hash = a.subject_hash AND i.row_id = a.row_id AND w.batch_id = ANY ($1::bigint[])))),
    $2::timestamptz)
