-- The keys that batches loaded since last time have touched.
-- Leaves  touched_batch, touched (temporary, for the other files of this folder)

CREATE TEMP TABLE touched_batch ON COMMIT DROP AS
SELECT batch_id FROM hub.batch WHERE state = 'loaded' AND NOT reconciled;

CREATE TEMP TABLE touched ON COMMIT DROP AS
SELECT trade_hash, key_code, order_no FROM hub.trade_order
WHERE batch_id = ANY (ARRAY (SELECT batch_id FROM touched_batch))
UNION
SELECT trade_hash, key_code, order_no FROM hub.payment
WHERE batch_id = ANY (ARRAY (SELECT batch_id FROM touched_batch))
UNION
SELECT trade_hash, key_code, order_no FROM hub.waybill
WHERE batch_id = ANY (ARRAY (SELECT batch_id FROM touched_batch));
ANALYZE touched;
