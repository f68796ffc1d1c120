-- Documents of one kind for a bundle, numbered in the order of their keys; %1$s is the
-- "documents" section of the kind's extract file. What was declared with the same rows is left out.
-- Settings hub.bundle_id, hub.agency, hub.kind, hub.zone
INSERT INTO hub.document (trade_hash, key_code, order_no, agency, kind, part_key, version, bundle_id,
    doc_no, guid, order_version, payment_version, waybill_version, waybill_key)
SELECT d.trade_hash, d.key_code, d.order_no, current_setting('hub.agency'), current_setting('hub.kind'),
    d.part_key, d.version, current_setting('hub.bundle_id')::bigint,
    row_number() OVER (ORDER BY d.trade_hash, d.key_code, d.order_no, d.part_key),
    hub.guid(current_setting('hub.zone'), current_setting('hub.agency'), current_setting('hub.kind'),
             d.key_code, d.order_no, d.part_key, d.version::text),
    d.order_version, d.payment_version, d.waybill_version, d.waybill_key
FROM (SELECT q.*, coalesce(o.version, 0) + 1 AS version
      FROM (%1$s) q
      LEFT JOIN declared o ON o.trade_hash = q.trade_hash AND o.key_code = q.key_code
                          AND o.order_no = q.order_no AND o.part_key = q.part_key
                          AND o.kind = current_setting('hub.kind')
      WHERE o.version IS NULL
         OR (o.order_version, o.payment_version, o.waybill_version, o.waybill_key)
            IS DISTINCT FROM (q.order_version, q.payment_version, q.waybill_version, q.waybill_key)) d
ORDER BY d.trade_hash, d.key_code, d.order_no, d.part_key
