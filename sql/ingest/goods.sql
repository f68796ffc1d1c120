-- Rules over the rows of a goods file.
-- Takes   stage_goods (columns of feed/goods.xsd, and ours)     Grows  stage_reject
-- Source  ceb-messages X-10, X-13, G-13

INSERT INTO stage_reject
SELECT line, CASE WHEN rate2 IS NULL THEN 'rate2' ELSE 'unit2' END, 'E4020', NULL, NULL
FROM stage_goods WHERE NOT bad AND (rate2 IS NULL) <> (unit2 IS NULL);
