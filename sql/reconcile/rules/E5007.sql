-- code: E5007
-- title zh: 付款编号已用于其他订单 {want}
-- title en: payment number also used by order {want}
-- todo zh: 核对付款编号
-- todo en: check the payment number
-- source: design sections 1 and 2
-- note: Numbers must be unique across trades: no index can say so on its own. Other trades of a number that came: hub.touch_sharing.

-- statement
SELECT mine.tid, hub.shown(mine.pay_no), hub.shown(min(other.order_no))
FROM payments mine JOIN hub.shared_numbers('payments', 'payment') other USING (part_key) JOIN touched t ON t.tid = mine.tid
WHERE (other.subject_hash, other.issuer, other.order_no) <> (t.subject_hash, t.issuer, t.order_no)
GROUP BY mine.tid, mine.pay_no
