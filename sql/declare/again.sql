-- A run was killed while it assigned documents: what it left is taken back. Setting hub.bundle_id
DELETE FROM hub.bundle_goods WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint);
DELETE FROM hub.bundle_waybill WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint);
DELETE FROM hub.bundle_sum WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint);
DELETE FROM hub.message WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint);
DELETE FROM hub.document WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint);
UPDATE hub.bundle SET lacks = '{}' WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)
