-- Is a bundle due: something is ready, or the business date has none yet.
-- Parameters $1 agency, $2 business date
SELECT EXISTS (SELECT FROM hub.ready r
               JOIN hub.trade_order o ON o.trade_hash = r.trade_hash AND o.row_id = r.order_row
               WHERE r.agency = $1 AND o.current)
    OR NOT EXISTS (SELECT FROM hub.bundle WHERE agency = $1 AND business_date = $2)
