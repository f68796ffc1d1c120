-- code: E5001
-- title zh: 币制应为 {want}
-- title en: currency must be {want}
-- todo zh: 核对订单与付款
-- todo en: compare order and payment
-- source: design sections 1 and 2

-- when
currency_low <> currency OR currency_high <> currency
-- seen
CASE WHEN currency_low <> currency THEN currency_low ELSE currency_high END
-- want
currency
