-- The trades this bundle takes: told to be ready and still matched. Setting hub.agency
-- Leaves ready_now (temporary)
CREATE TEMP TABLE ready_now ON COMMIT DROP AS
SELECT DISTINCT r.trade_hash, r.key_code, r.order_no
FROM hub.ready r
JOIN hub.trade t USING (trade_hash, key_code, order_no)
WHERE r.agency = current_setting('hub.agency') AND t.verdict = 'matched';
ANALYZE ready_now
