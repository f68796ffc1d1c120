-- The bundles a trade went out in, with the proof of delivery.
-- Parameters $1 trade_hash, $2 key_code, $3 order_no
SELECT name AS bundle, agency, business_date, state, date_trunc('second', published_at) AS published,
       proof, archived
FROM hub.bundle
WHERE bundle_id IN (SELECT bundle_id FROM hub.document
                    WHERE trade_hash = $1::bigint
                      AND order_row IN (SELECT row_id FROM hub.trade_order
                                        WHERE trade_hash = $1::bigint AND key_code = $2 AND order_no = $3))
ORDER BY bundle_id
