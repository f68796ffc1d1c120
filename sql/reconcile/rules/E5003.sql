-- code: E5003
-- title zh: 运抵国应为 {want}
-- title en: country of destination must be {want}
-- todo zh: 核对订单与运单
-- todo en: compare order and waybill
-- source: design sections 1 and 2

-- when
country_low <> country OR country_high <> country
-- seen
CASE WHEN country_low <> country THEN country_low ELSE country_high END
-- want
country
