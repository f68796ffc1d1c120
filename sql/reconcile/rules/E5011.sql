-- code: E5011
-- title zh: 运单的收货人、电话、地址应与订单相同
-- title en: consignee, telephone and address of the waybill must be the order's
-- todo zh: 核对订单与运单
-- todo en: compare order and waybill
-- source: ceb-messages M-04
-- over: import_waybills

-- when
consignee_differs
-- seen
hub.shown(logistics_no)
-- want
''
