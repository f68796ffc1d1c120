-- The three flows of each touched trade side by side, and every reason why they do not match.
-- Parameters  hub.tolerance (amount), hub.slack_days, hub.business_date (YYYYMMDD), hub.latest_time (YYYYMMDDhhmmss) and
--             hub.latest_date (YYYYMMDD): what is dated later is no date of a thing that has happened, or will soon
-- Takes       touched     Leaves  flows, breaks (temporary)
-- Source      design sections 1 and 2, issue "the night, end to end" point 5; ceb-messages X-08, X-22, M-02 (to the cent, one payment)

-- A look-up a trade (OFFSET 0): tables of many nights would be read through for the trades of one.
CREATE TEMP TABLE payments ON COMMIT DROP AS
SELECT t.tid, p.row_id, p.batch_id, p.part_key, p.pay_no, p.charge, p.currency, p.accounting_date
FROM touched t CROSS JOIN LATERAL (
    SELECT * FROM hub.payment p
    WHERE p.trade_hash = t.trade_hash AND p.key_code = t.key_code AND p.order_no = t.order_no
      AND p.current AND p.app_type <> '3' OFFSET 0) p;

CREATE TEMP TABLE waybills ON COMMIT DROP AS
SELECT t.tid, w.row_id, w.batch_id, w.part_key, w.logistics_no, w.country, w.ie_date, w.currency
FROM touched t CROSS JOIN LATERAL (
    SELECT * FROM hub.waybill w
    WHERE w.trade_hash = t.trade_hash AND w.key_code = t.key_code AND w.order_no = t.order_no
      AND w.current AND w.app_type <> '3' OFFSET 0) w;
ANALYZE payments (tid), waybills (tid);

CREATE TEMP TABLE flows ON COMMIT DROP AS
SELECT t.tid, t.trade_hash, t.key_code, t.order_no, o.row_id AS order_row,
       o.row_id IS NOT NULL AND o.app_type <> '3' AS has_order, coalesce(o.app_type = '3', false) AS void,
       o.goods_value + o.freight - coalesce(o.discount, 0) + coalesce(o.tax_total, 0) AS charge,
       o.currency, o.country, o.order_time,
       o.trade_mode, o.order_type = 'I' AS import, o.goods_value, o.freight, m.max_value,
       coalesce(m.needs_payment, true) AS needs_payment, coalesce(m.one_waybill, true) AS one_waybill,
       p.payments, p.charge AS paid, p.currency_low, p.currency_high, p.first_time, p.last_time,
       w.waybills, w.country_low, w.country_high, w.first_date, w.last_date, w.currencies
FROM touched t
LEFT JOIN LATERAL (SELECT * FROM hub.trade_order o
                   WHERE o.trade_hash = t.trade_hash AND o.key_code = t.key_code AND o.order_no = t.order_no
                     AND o.current OFFSET 0) o ON true
LEFT JOIN (SELECT DISTINCT ON (trade_mode) trade_mode, needs_payment, one_waybill, max_value
           FROM hub.trade_mode_rule
           WHERE valid_from <= to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD')
           ORDER BY trade_mode, valid_from DESC) m ON m.trade_mode = o.trade_mode
LEFT JOIN (SELECT tid, count(*) AS payments, sum(charge) AS charge,
                  min(currency) AS currency_low, max(currency) AS currency_high,
                  min(accounting_date) AS first_time, max(accounting_date) AS last_time
           FROM payments GROUP BY tid) p ON p.tid = t.tid
LEFT JOIN (SELECT tid, count(*) AS waybills, min(country) AS country_low, max(country) AS country_high,
                  min(ie_date) AS first_date, max(ie_date) AS last_date,
                  CASE WHEN min(currency) <> max(currency) THEN min(currency) || ', ' || max(currency) END AS currencies
           FROM waybills GROUP BY tid) w ON w.tid = t.tid;

-- Only few have a break: those that any rule below may speak of are found in one pass, so what a rule asks stands here too.
CREATE TEMP TABLE doubtful ON COMMIT DROP AS
SELECT * FROM flows
WHERE has_order
  AND (currency_low <> currency OR currency_high <> currency OR paid <> charge OR country_low <> country OR country_high <> country
       OR first_time < order_time OR first_date < left(last_time, 8) OR waybills > 1 OR payments > 1
       OR order_time > (SELECT current_setting('hub.latest_time')) OR last_time > (SELECT current_setting('hub.latest_time'))
       OR last_date > (SELECT current_setting('hub.latest_date')));

-- A rule a SELECT: its condition, what was seen, what is wanted.
CREATE TEMP TABLE breaks ON COMMIT DROP AS
SELECT tid, 'E5001' AS code, CASE WHEN currency_low <> currency THEN currency_low ELSE currency_high END AS seen, currency AS want
FROM doubtful WHERE (currency_low <> currency OR currency_high <> currency)
UNION ALL
SELECT tid, 'E5002', trim_scale(paid)::text, trim_scale(charge)::text
FROM doubtful WHERE currency_low = currency AND currency_high = currency
  AND abs(paid - charge) > CASE WHEN import THEN 0 ELSE (SELECT current_setting('hub.tolerance')::numeric) END
UNION ALL
SELECT tid, 'E5003', CASE WHEN country_low <> country THEN country_low ELSE country_high END, country
FROM doubtful WHERE (country_low <> country OR country_high <> country)
UNION ALL
SELECT tid, 'E5004', first_time, order_time
FROM doubtful WHERE first_time < order_time
UNION ALL
SELECT tid, 'E5005', first_date, left(last_time, 8)
FROM doubtful WHERE first_date < left(last_time, 8)
  AND to_date(first_date, 'YYYYMMDD') < to_date(left(last_time, 8), 'YYYYMMDD') - (SELECT current_setting('hub.slack_days')::int)
UNION ALL
SELECT tid, 'E5006', waybills::text, '1'
FROM doubtful WHERE one_waybill AND waybills > 1
UNION ALL
SELECT tid, 'E5073', 'orderTime ' || order_time, (SELECT current_setting('hub.latest_time'))
FROM doubtful WHERE order_time > (SELECT current_setting('hub.latest_time'))
UNION ALL
SELECT tid, 'E5073', 'accountingDate ' || last_time, (SELECT current_setting('hub.latest_time'))
FROM doubtful WHERE last_time > (SELECT current_setting('hub.latest_time'))
UNION ALL
SELECT tid, 'E5073', 'ieDate ' || last_date, (SELECT current_setting('hub.latest_date'))
FROM doubtful WHERE last_date > (SELECT current_setting('hub.latest_date'))
UNION ALL
SELECT tid, 'E5076', payments::text, 'payNo'
FROM doubtful WHERE import AND payments > 1
UNION ALL
SELECT tid, 'E5076', currencies, 'currency'
FROM doubtful WHERE NOT one_waybill AND currencies IS NOT NULL
UNION ALL
-- Numbers that must be unique across trades: no index can say so on its own.
SELECT mine.tid, 'E5007', hub.shown(mine.pay_no), hub.shown(min(other.order_no))
FROM payments mine JOIN hub.shared_numbers('payments', 'payment') other USING (part_key) JOIN touched t ON t.tid = mine.tid
WHERE (other.trade_hash, other.key_code, other.order_no) <> (t.trade_hash, t.key_code, t.order_no)
GROUP BY mine.tid, mine.pay_no
UNION ALL
SELECT mine.tid, 'E5008', hub.shown(mine.logistics_no), hub.shown(min(other.order_no))
FROM waybills mine JOIN hub.shared_numbers('waybills', 'waybill') other USING (part_key) JOIN touched t ON t.tid = mine.tid
WHERE (other.trade_hash, other.key_code, other.order_no) <> (t.trade_hash, t.key_code, t.order_no)
GROUP BY mine.tid, mine.logistics_no;
