-- The waybills of this bundle's lists that stand for several, as they are now. Takes ready_now. Setting hub.bundle_id
INSERT INTO hub.bundle_waybill (bundle_id, subject_hash, order_row, waybill_row)
SELECT current_setting('hub.bundle_id')::bigint, r.subject_hash, r.order_row, w.row_id
FROM (SELECT * FROM ready_now WHERE trade_mode IN (SELECT trade_mode FROM hub.trade_mode_rule WHERE NOT one_waybill)) r
CROSS JOIN LATERAL (SELECT w.row_id, count(*) OVER () AS waybills FROM hub.waybill w
                    WHERE w.subject_hash = r.subject_hash AND w.issuer = r.issuer AND w.order_no = r.order_no
                      AND w.current AND w.app_type <> '3' OFFSET 0) w
WHERE w.waybills > 1
