-- code: E5009
-- title zh: 此监管方式的清单每票不超过 {want} 元，超出的应以报关单申报
-- title en: a list of this trade mode is limited to {want} yuan; above it an ordinary declaration is due
-- todo zh: 改用报关单
-- todo en: file an ordinary declaration
-- source: ceb-messages X-23; the limit: hub.trade_mode

-- statement
SELECT f.tid, trim_scale(round(f.goods_value * r.rate, 2)), trim_scale(f.max_value)
FROM flows f JOIN day_rates r USING (currency)
WHERE f.has_order AND f.goods_value * r.rate > f.max_value
