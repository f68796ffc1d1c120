-- code: E5002
-- title zh: 付款合计应为 {want}
-- title en: payments must add up to {want}
-- todo zh: 核对订单与付款
-- todo en: compare order and payments
-- source: ceb-messages X-08, M-02 (imports: to the cent)

-- when
paid <> charge AND currency_low = currency AND currency_high = currency
AND abs(paid - charge) > CASE WHEN import THEN 0 ELSE (SELECT current_setting('hub.tolerance')::numeric) END
-- seen
trim_scale(paid)
-- want
trim_scale(charge)
