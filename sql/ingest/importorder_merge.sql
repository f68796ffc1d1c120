-- Store what the import orders of stage_order have beyond hub.trade_order and hub.order_item, after
-- ingest/keep.sql. Parameter  hub.batch_id

INSERT INTO hub.import_order (subject_hash, row_id, buyer_reg_no, batch_numbers, consignee_district,
    assure_code, ems_no, area_code, area_name, license_no)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.line), s.buyer_reg_no,
    s.batch_numbers, s.consignee_district, s.assure_code, s.ems_no, s.area_code, s.area_name, s.license_no
FROM stage_order s JOIN stage_first_row t ON t.line = s.line
WHERE NOT EXISTS (SELECT 1 FROM stage_left_out k WHERE k.line = s.line);

INSERT INTO hub.import_item (subject_hash, row_id, gnum, origin_country, trade_country, item_record_no)
SELECT s.subject_hash, hub.row_id((SELECT current_setting('hub.batch_id')::bigint), s.first_line), s.gnum,
    s.origin_country, s.trade_country, s.item_record_no
FROM stage_order s
WHERE NOT EXISTS (SELECT 1 FROM stage_left_out k WHERE k.line = s.line);
