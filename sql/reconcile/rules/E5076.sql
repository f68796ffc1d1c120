-- code: E5076
-- title zh: 一份单证只能报一个 {want}
-- title en: a document can name only one {want}
-- todo zh: 合并或撤销多余的
-- todo en: bring them together, or void those that are too many
-- source: ceb-messages X-22, M-02 (one payment)

-- when
import AND payments > 1
-- seen
payments
-- want
'payNo'

-- when
NOT one_waybill AND currencies IS NOT NULL
-- seen
currencies
-- want
'currency'
