-- Rules over the rows of a payment file; ingest/parts.sql goes on with stage_line.
-- Takes   stage_payment (columns of feed/payment.xsd that are marked lp:rule, and ours), stage_reject
-- Leaves  stage_line: one row a payment without rejects; stage_archive: what other files left in the archive

SET LOCAL default_statistics_target = 5;
ANALYZE stage_payment (subject_hash, line, again);

CREATE TEMP VIEW stage_line AS
SELECT subject_hash, issuer, order_no AS number, part_key, again, line, digest, app_type
FROM stage_payment WHERE NOT bad;

-- + 0: of an archive with one batch the planner knows that no row has another, and would expect none
CREATE OR REPLACE TEMP VIEW stage_archive AS
SELECT subject_hash, issuer, order_no AS number, part_key, row_id, digest, app_type, batch_id
FROM hub.payment WHERE current AND batch_id + 0 <> (SELECT current_setting('hub.batch_id')::bigint);
