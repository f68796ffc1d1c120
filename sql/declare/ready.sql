-- The trades this bundle takes: ready, and the order still the one that was reconciled. Setting hub.agency
-- Leaves ready_now, and declared: the newest version of each document the agency has of them (temporary)
CREATE TEMP TABLE ready_now ON COMMIT DROP AS
SELECT r.trade_hash, r.order_row, r.key_code, r.order_no, o.trade_mode, o.currency, o.goods_value
FROM hub.ready r
JOIN hub.trade_order o ON o.trade_hash = r.trade_hash AND o.row_id = r.order_row
WHERE r.agency = current_setting('hub.agency') AND o.current;
ANALYZE ready_now (trade_hash);

CREATE TEMP TABLE declared ON COMMIT DROP AS
SELECT DISTINCT ON (d.trade_hash, coalesce(d.first_guid, d.guid))
       d.trade_hash, coalesce(d.first_guid, d.guid) AS first_guid, d.version, d.order_row, d.payment_row,
       d.waybill_row
FROM hub.document d JOIN hub.bundle b USING (bundle_id)
WHERE d.trade_hash IN (SELECT trade_hash FROM ready_now) AND b.agency = current_setting('hub.agency')
ORDER BY d.trade_hash, coalesce(d.first_guid, d.guid), d.version DESC;
ANALYZE declared (trade_hash, first_guid)
