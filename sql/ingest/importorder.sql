-- Rules an import order has beyond those of ingest/order.sql, which comes after it.
-- Takes   stage_order (columns of feed/importorder.xsd, line, bad), stage_reject
-- Source  ceb-messages M-10: bonded goods name their ledger, company and record number

INSERT INTO stage_reject
SELECT line, rule.column_name, 'E4021', NULL, NULL
FROM stage_order
CROSS JOIN LATERAL (VALUES
    ('emsNo', ems_no), ('areaCode', area_code), ('areaName', area_name), ('itemRecordNo', item_record_no)
) rule (column_name, value)
WHERE NOT bad AND trade_mode = '1210' AND rule.value IS NULL;
