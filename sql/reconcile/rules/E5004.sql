-- code: E5004
-- title zh: 付款时间不早于下单时间 {want}
-- title en: payment must not be before the order, {want}
-- todo zh: 核对时间
-- todo en: check the times
-- source: design sections 1 and 2

-- when
first_time < order_time
-- seen
first_time
-- want
order_time
