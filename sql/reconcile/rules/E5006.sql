-- code: E5006
-- title zh: 9610 订单只应有 {want} 个运单
-- title en: a 9610 order must have exactly {want} waybill
-- todo zh: 撤销多余的运单
-- todo en: void the waybills that are too many
-- source: ceb-messages X-22; which modes: hub.trade_mode

-- when
one_waybill AND waybills > 1
-- seen
waybills
-- want
'1'
