-- The bundles a trade went out in, with the proof of delivery.
-- Parameters $1 subject_hash, $2 issuer, $3 order_no
SELECT name AS bundle, agency, business_date, state, date_trunc('second', published_at) AS published,
       proof, archived
FROM hub.bundle
WHERE bundle_id IN (SELECT bundle_id FROM hub.document
                    WHERE subject_hash = $1::bigint
                      AND order_row IN (SELECT row_id FROM hub.trade_order
                                        WHERE subject_hash = $1::bigint AND issuer = $2 AND order_no = $3))
ORDER BY bundle_id
