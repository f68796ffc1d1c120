-- code: E5012
-- title zh: 直购须填、保税不填运输工具编号、航班航次号、提运单号，应为{want}
-- title en: vessel, voyage and bill: all when bought directly, none when bonded; must be {want}
-- todo zh: 改正运单
-- todo en: correct the waybill
-- source: ceb-messages M-10
-- over: import_waybills

-- when
transport <> CASE trade_mode WHEN '1210' THEN 0 ELSE 3 END
-- seen
hub.shown(logistics_no)
-- want
CASE trade_mode WHEN '1210' THEN 0 ELSE 3 END
