-- Rules over the rows of a payment file; ingest/parts.sql goes on with stage_line.
-- Takes   stage_payment (columns of feed/payment.xsd, line, bad, digest, keys), stage_reject
-- Leaves  stage_line: one row a payment without rejects; stage_archive: what the archive holds now

CREATE TEMP VIEW stage_line AS
SELECT trade_hash, key_code, order_no, coalesce(pay_code, pay_name) || '/' || pay_no AS part_key,
       line, digest, app_type
FROM stage_payment WHERE NOT bad;

CREATE OR REPLACE TEMP VIEW stage_archive AS
SELECT trade_hash, key_code, order_no, part_key, row_id, digest, app_type, batch_id
FROM hub.payment WHERE current;
