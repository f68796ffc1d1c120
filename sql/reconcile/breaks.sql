-- The three flows of each touched trade side by side, and every reason why they do not match.
-- Parameters  hub.tolerance (amount), hub.slack_days, hub.business_date (YYYYMMDD), hub.latest_time (YYYYMMDDhhmmss) and
--             hub.latest_date (YYYYMMDD): what is dated later is no date of a thing that has happened, or will soon
-- Takes       touched     Leaves  flows, breaks (temporary)
-- Source      design sections 1 and 2, issue "the night, end to end" point 5; ceb-messages X-08, X-22, M-02 (to the cent, one payment)

-- A look-up a trade (OFFSET 0): tables of many nights would be read through for the trades of one.
CREATE TEMP TABLE payments ON COMMIT DROP AS
SELECT t.tid, p.row_id, p.part_key, p.pay_no, p.charge, p.currency, p.accounting_date
FROM touched t CROSS JOIN LATERAL (
    SELECT * FROM hub.payment p
    WHERE p.trade_hash = t.trade_hash AND p.key_code = t.key_code AND p.order_no = t.order_no
      AND p.current AND p.app_type <> '3' OFFSET 0) p;

CREATE TEMP TABLE waybills ON COMMIT DROP AS
SELECT t.tid, w.row_id, w.part_key, w.logistics_no, w.country, w.ie_date, w.currency
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

CREATE TEMP TABLE breaks ON COMMIT DROP AS
SELECT tid, b.code, b.seen, b.want
FROM (SELECT * FROM flows   -- only few have a break: look at all at once before at each one alone
      WHERE has_order
        AND (currency_low <> currency OR currency_high <> currency OR country_low <> country
             OR country_high <> country OR first_time < order_time OR first_date < left(last_time, 8)
             OR waybills > 1 OR abs(paid - charge) > (SELECT current_setting('hub.tolerance')::numeric)
             OR import AND (paid <> charge OR payments > 1)
             OR greatest(order_time, last_time) > (SELECT current_setting('hub.latest_time'))
             OR last_date > (SELECT current_setting('hub.latest_date')))) f
CROSS JOIN LATERAL (VALUES
    ('E5001', CASE WHEN currency_low <> currency THEN currency_low
                   WHEN currency_high <> currency THEN currency_high END, currency),
    ('E5002', CASE WHEN currency_low = currency AND currency_high = currency
                    AND abs(paid - charge) > CASE WHEN import THEN 0 ELSE (SELECT current_setting('hub.tolerance')::numeric) END
                   THEN trim_scale(paid)::text END, trim_scale(charge)::text),
    ('E5003', CASE WHEN country_low <> country THEN country_low
                   WHEN country_high <> country THEN country_high END, country),
    ('E5004', CASE WHEN first_time < order_time THEN first_time END, order_time),
    ('E5005', CASE WHEN first_date < left(last_time, 8) AND to_date(first_date, 'YYYYMMDD')
                    < to_date(left(last_time, 8), 'YYYYMMDD') - (SELECT current_setting('hub.slack_days')::int)
                   THEN first_date END, left(last_time, 8)),
    ('E5006', CASE WHEN one_waybill AND waybills > 1 THEN waybills::text END, '1'),
    ('E5073', CASE WHEN order_time > (SELECT current_setting('hub.latest_time')) THEN 'orderTime ' || order_time END,
     (SELECT current_setting('hub.latest_time'))),
    ('E5073', CASE WHEN last_time > (SELECT current_setting('hub.latest_time')) THEN 'accountingDate ' || last_time END,
     (SELECT current_setting('hub.latest_time'))),
    ('E5073', CASE WHEN last_date > (SELECT current_setting('hub.latest_date')) THEN 'ieDate ' || last_date END,
     (SELECT current_setting('hub.latest_date'))),
    ('E5076', CASE WHEN import AND payments > 1 THEN payments::text END, 'payNo'),
    ('E5076', CASE WHEN NOT one_waybill THEN currencies END, 'currency')
) b (code, seen, want)
WHERE b.seen IS NOT NULL
UNION ALL
-- Numbers that must be unique across trades: no index can say so on its own.
SELECT mine.tid, 'E5007', mine.pay_no, min(other.order_no)
FROM payments mine JOIN hub.shared_numbers('payments', 'payment') other USING (part_key) JOIN touched t ON t.tid = mine.tid
WHERE (other.trade_hash, other.key_code, other.order_no) <> (t.trade_hash, t.key_code, t.order_no)
GROUP BY mine.tid, mine.pay_no
UNION ALL
SELECT mine.tid, 'E5008', mine.logistics_no, min(other.order_no)
FROM waybills mine JOIN hub.shared_numbers('waybills', 'waybill') other USING (part_key) JOIN touched t ON t.tid = mine.tid
WHERE (other.trade_hash, other.key_code, other.order_no) <> (t.trade_hash, t.key_code, t.order_no)
GROUP BY mine.tid, mine.logistics_no;
