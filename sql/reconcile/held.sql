-- What was held because something else must come first, and that has come: looked at after each
-- reconcile and after receipts. Each kind of thing says what it waits for:
--   trade      one of its kinds may go now: those before it are accepted (hub.message_rule.after), where
--              the agency asks for that: setting hub.in_order (agencies, comma-separated)
--   void       the list to withdraw has its number (X-19, M-18)
--   departure  each of its waybills is on a declared list (X-15)
--   return     the list the goods went out or came in with has its number (X-27, M-19)
UPDATE hub.ready r SET held = false
WHERE held AND CASE what
    WHEN 'trade' THEN agency <> ALL (string_to_array(current_setting('hub.in_order'), ',')) OR EXISTS (
        SELECT FROM hub.trade_order o
        JOIN hub.message_rule m ON m.what = 'trade' AND m.trade_mode = o.trade_mode AND m.after <> '{}'
                               AND m.ie_flag = CASE o.order_type WHEN 'I' THEN 'I' ELSE 'E' END
        WHERE o.trade_hash = r.trade_hash AND o.row_id = r.order_row AND o.current
          AND NOT EXISTS (SELECT FROM hub.document d WHERE d.trade_hash = r.trade_hash
                          AND d.order_row = r.order_row AND d.kind = m.kind)
          AND NOT EXISTS (SELECT FROM unnest(m.after) a
                          WHERE NOT EXISTS (SELECT FROM hub.document d WHERE d.trade_hash = r.trade_hash
                                            AND d.order_row = r.order_row AND d.kind = a AND d.state = 'accepted')))
    WHEN 'departure' THEN NOT EXISTS (
        SELECT FROM hub.departure_item i
        WHERE i.trade_hash = r.trade_hash AND i.row_id = r.order_row
          AND NOT EXISTS (SELECT FROM hub.waybill w
                          JOIN hub.document d ON d.trade_hash = w.trade_hash AND d.waybill_row = w.row_id
                                             AND d.kind = 'CEB603'
                          WHERE hashtextextended(w.part_key, 0) = hashtextextended(r.key_code || '/' || i.logistics_no, 0)
                            AND w.part_key = r.key_code || '/' || i.logistics_no))
    ELSE EXISTS (
        SELECT FROM hub.document d
        JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
        WHERE d.trade_hash = r.trade_hash AND o.key_code = r.key_code AND o.order_no = r.order_no
          AND d.kind IN ('CEB603', 'CEB621') AND d.invt_no IS NOT NULL AND d.state IS DISTINCT FROM 'withdrawn')
    END
