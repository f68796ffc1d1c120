-- The newest version of each document the agency has of these trades and things; %1$s selects their trade_hash.
-- A look-up each (OFFSET 0): tables of many nights would be read through for the trades of one. Setting hub.agency
CREATE TEMP TABLE declared ON COMMIT DROP AS
SELECT DISTINCT ON (d.trade_hash, coalesce(d.first_guid, d.guid))
       d.trade_hash, coalesce(d.first_guid, d.guid) AS first_guid, d.version, d.app_type, d.state, d.resend,
       d.order_row, d.payment_row, d.waybill_row, d.content
FROM (%1$s) n
CROSS JOIN LATERAL (SELECT * FROM hub.document d WHERE d.trade_hash = n.trade_hash OFFSET 0) d
JOIN hub.bundle b USING (bundle_id)
WHERE b.agency = current_setting('hub.agency')
ORDER BY d.trade_hash, coalesce(d.first_guid, d.guid), d.version DESC;
ANALYZE declared (trade_hash, first_guid)
