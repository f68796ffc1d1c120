-- Rules over the rows of a logistics file; ingest/parts.sql goes on with stage_line.
-- Takes   stage_logistics (columns of feed/logistics.xsd that are marked lp:rule, and ours), stage_reject
-- Leaves  stage_line: one row a waybill without rejects; stage_archive: what other files left in the archive
-- Source  design section 5; ceb-messages X-09, X-28

SET LOCAL default_statistics_target = 5;
ANALYZE stage_logistics (subject_hash, line, again);

INSERT INTO stage_reject
SELECT line, 'netWeight', 'E4005', net_weight::text, gross_weight::text
FROM stage_logistics WHERE NOT bad AND net_weight > gross_weight
UNION ALL
SELECT line, 'ebcCode', 'E4011', NULL, NULL
FROM stage_logistics WHERE NOT bad AND ebp_code = '无' AND ebc_code IS NULL;

CREATE TEMP VIEW stage_line AS
SELECT subject_hash, issuer, order_no AS number, part_key, again, line, digest, app_type
FROM stage_logistics s
WHERE NOT bad AND NOT EXISTS (SELECT 1 FROM stage_reject r WHERE r.line = s.line AND r.code IN ('E4005', 'E4011'));

-- + 0: of an archive with one batch the planner knows that no row has another, and would expect none
CREATE OR REPLACE TEMP VIEW stage_archive AS
SELECT subject_hash, issuer, order_no AS number, part_key, row_id, digest, app_type, batch_id
FROM hub.waybill WHERE current AND batch_id + 0 <> (SELECT current_setting('hub.batch_id')::bigint);
