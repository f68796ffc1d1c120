-- code: E5008
-- title zh: 运单编号已用于其他订单 {want}
-- title en: waybill number also used by order {want}
-- todo zh: 核对运单编号
-- todo en: check the waybill number
-- source: design sections 1 and 2
-- note: Numbers must be unique across trades: no index can say so on its own. Other trades of a number that came: hub.touch_sharing.

-- statement
SELECT mine.tid, hub.shown(mine.logistics_no), hub.shown(min(other.order_no))
FROM waybills mine JOIN hub.shared_numbers('waybills', 'waybill') other USING (part_key) JOIN touched t ON t.tid = mine.tid
WHERE (other.subject_hash, other.issuer, other.order_no) <> (t.subject_hash, t.issuer, t.order_no)
GROUP BY mine.tid, mine.logistics_no
