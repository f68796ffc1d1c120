-- code: E5073
-- title zh: 日期晚于 {want}，尚未发生
-- title en: is dated after {want}, which is still to come
-- todo zh: 以变更（appType 2）更正日期
-- todo en: correct the date with a change (appType 2)
-- source: design sections 1 and 2; how far ahead: reconcile { } of the configuration

-- when
order_time > (SELECT current_setting('hub.latest_time'))
-- seen
'orderTime ' || order_time
-- want
(SELECT current_setting('hub.latest_time'))

-- when
last_time > (SELECT current_setting('hub.latest_time'))
-- seen
'accountingDate ' || last_time
-- want
(SELECT current_setting('hub.latest_time'))

-- when
last_date > (SELECT current_setting('hub.latest_date'))
-- seen
'ieDate ' || last_date
-- want
(SELECT current_setting('hub.latest_date'))
