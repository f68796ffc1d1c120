-- Rules over the rows of a logistics file.
-- Takes   stage_logistics (columns of feed/logistics.xsd that are marked lp:staged, and ours)     Grows  stage_reject
-- Source  design section 5; ceb-messages X-09, X-28

INSERT INTO stage_reject
SELECT line, 'netWeight', 'E4005', net_weight::text, gross_weight::text
FROM stage_logistics WHERE NOT bad AND net_weight > gross_weight
UNION ALL
SELECT line, 'ebcCode', 'E4011', NULL, NULL
FROM stage_logistics WHERE NOT bad AND ebp_code = '无' AND ebc_code IS NULL;
