-- code: E5005
-- title zh: 出口日期不早于 {want}
-- title en: export date must not be before {want}
-- todo zh: 核对日期
-- todo en: check the dates
-- source: design sections 1 and 2

-- when
first_date < left(last_time, 8)
AND to_date(first_date, 'YYYYMMDD') < to_date(left(last_time, 8), 'YYYYMMDD') - (SELECT current_setting('hub.slack_days')::int)
-- seen
first_date
-- want
left(last_time, 8)
