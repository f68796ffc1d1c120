-- The trades this bundle takes. Setting hub.agency
-- Leaves ready_now, and declared: the newest version of each document the agency has of them (temporary)
CREATE TEMP TABLE ready_now ON COMMIT DROP AS
SELECT trade_hash, order_row, key_code, order_no, trade_mode, currency, goods_value
FROM hub.ready_matched WHERE agency = current_setting('hub.agency');
ANALYZE ready_now;

CREATE TEMP TABLE declared ON COMMIT DROP AS
SELECT DISTINCT ON (d.trade_hash, coalesce(d.first_guid, d.guid))
       d.trade_hash, coalesce(d.first_guid, d.guid) AS first_guid, d.version, d.order_row, d.payment_row,
       d.waybill_row
FROM hub.document d JOIN hub.bundle b USING (bundle_id)
WHERE d.trade_hash IN (SELECT trade_hash FROM ready_now) AND b.agency = current_setting('hub.agency')
ORDER BY d.trade_hash, coalesce(d.first_guid, d.guid), d.version DESC;
ANALYZE declared
