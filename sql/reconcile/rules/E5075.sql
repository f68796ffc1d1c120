-- code: E5075
-- title zh: 运单运费（或加保费）应等于订单运杂费 {want}
-- title en: freight of the waybill, with or without its insurance, must be the order's freight {want}
-- todo zh: 核对订单与运单
-- todo en: compare order and waybill
-- source: ceb-messages M-16
-- over: import_waybills

-- when
freight <> waybill_freight AND freight <> waybill_freight + insured_fee
-- seen
trim_scale(waybill_freight)
-- want
trim_scale(freight)
