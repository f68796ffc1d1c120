-- Rules an import order has beyond those of ingest/order.sql, which comes after it.
-- Takes   stage_order (columns of feed/importorder.xsd, line, bad), stage_reject
-- Source  ceb-messages M-10: bonded goods name their ledger, company and record number, and come from within the country;
--         M-07: a line of the list has the name that it has in the order

INSERT INTO stage_reject
SELECT line, rule.column_name, 'E4021', NULL, NULL
FROM stage_order
CROSS JOIN LATERAL (VALUES
    ('emsNo', ems_no), ('areaCode', area_code), ('areaName', area_name), ('itemRecordNo', item_record_no)
) rule (column_name, value)
WHERE NOT bad AND trade_mode = '1210' AND rule.value IS NULL;

INSERT INTO stage_reject
SELECT line, rule.column_name, rule.code, rule.seen, rule.want
FROM stage_order
CROSS JOIN LATERAL (VALUES
    ((country = '142') <> (trade_mode = '1210'), 'country', 'E4075', country, CASE trade_mode WHEN '1210' THEN '142' ELSE '<> 142' END),
    (gname <> item_name, 'gname', 'E4073', gname, item_name)
) rule (broken, column_name, code, seen, want)
WHERE NOT bad AND rule.broken;
