-- The trades this bundle takes: told to be ready and still matched. Setting hub.agency
-- Leaves ready_now, declared: the newest document of each kind the agency has of them (temporary)
CREATE TEMP TABLE ready_now ON COMMIT DROP AS
SELECT DISTINCT r.trade_hash, r.key_code, r.order_no
FROM hub.ready r
JOIN hub.trade t USING (trade_hash, key_code, order_no)
WHERE r.agency = current_setting('hub.agency') AND t.verdict = 'matched';
ANALYZE ready_now;

CREATE TEMP TABLE declared ON COMMIT DROP AS
SELECT DISTINCT ON (trade_hash, key_code, order_no, kind, part_key)
       trade_hash, key_code, order_no, kind, part_key, version, order_version, payment_version,
       waybill_version, waybill_key
FROM ready_now JOIN hub.document USING (trade_hash, key_code, order_no)
WHERE agency = current_setting('hub.agency')
ORDER BY trade_hash, key_code, order_no, kind, part_key, version DESC;
ANALYZE declared
