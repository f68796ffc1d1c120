-- The three flows of each touched trade side by side: what rules (rules/, sql/README.md) look at.
-- Settings hub.business_date (YYYYMMDD)
-- Takes    touched     Leaves  payments, waybills, flows, import_waybills, day_rates (temporary)
-- Source   design sections 1 and 2, issue "the night, end to end" point 5

-- A look-up a trade (OFFSET 0): tables of many nights would be read through for the trades of one.
CREATE TEMP TABLE payments ON COMMIT DROP AS
SELECT t.tid, p.row_id, p.batch_id, p.part_key, p.pay_no, p.charge, p.currency, p.accounting_date
FROM touched t CROSS JOIN LATERAL (
    SELECT * FROM hub.payment p
    WHERE p.subject_hash = t.subject_hash AND p.issuer = t.issuer AND p.order_no = t.order_no
      AND p.current AND p.app_type <> '3' OFFSET 0) p;

CREATE TEMP TABLE waybills ON COMMIT DROP AS
SELECT t.tid, w.row_id, w.batch_id, w.part_key, w.logistics_no, w.country, w.ie_date, w.currency
FROM touched t CROSS JOIN LATERAL (
    SELECT * FROM hub.waybill w
    WHERE w.subject_hash = t.subject_hash AND w.issuer = t.issuer AND w.order_no = t.order_no
      AND w.current AND w.app_type <> '3' OFFSET 0) w;
ANALYZE payments (tid), waybills (tid);

CREATE TEMP TABLE flows ON COMMIT DROP AS
SELECT t.tid, t.subject_hash, t.issuer, t.order_no, o.row_id AS order_row,
       o.row_id IS NOT NULL AND o.app_type <> '3' AS has_order, coalesce(o.app_type = '3', false) AS void,
       o.goods_value + o.freight - coalesce(o.discount, 0) + coalesce(o.tax_total, 0) AS charge,
       o.currency, o.country, o.order_time,
       o.trade_mode, o.order_type = 'I' AS import, o.goods_value, o.freight, m.max_value,
       coalesce(m.needs_payment, true) AS needs_payment, coalesce(m.one_waybill, true) AS one_waybill,
       p.payments, p.charge AS paid, p.currency_low, p.currency_high, p.first_time, p.last_time,
       w.waybills, w.country_low, w.country_high, w.first_date, w.last_date, w.currencies
FROM touched t
LEFT JOIN LATERAL (SELECT * FROM hub.trade_order o
                   WHERE o.subject_hash = t.subject_hash AND o.issuer = t.issuer AND o.order_no = t.order_no
                     AND o.current OFFSET 0) o ON true
LEFT JOIN (SELECT DISTINCT ON (trade_mode) trade_mode, needs_payment, one_waybill, max_value
           FROM hub.trade_mode
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

CREATE TEMP TABLE day_rates ON COMMIT DROP AS
SELECT currency, rate
FROM hub.exchange_rates('customs', to_date((SELECT current_setting('hub.business_date')), 'YYYYMMDD'));

-- Each waybill of an import beside its order. What is a person's is compared here, and shown to no rule. It goes with the tables.
CREATE TEMP VIEW import_waybills AS
SELECT f.*, w.logistics_no, m.assure_code, o.ebp_code, o.ebc_code, v.logistics_code,
       v.freight AS waybill_freight, v.insured_fee, num_nonnulls(v.traf_name, v.voyage_no, v.bill_no) AS transport,
       (v.consignee, v.consignee_telephone, v.consignee_address)
       IS DISTINCT FROM (o.consignee, o.consignee_telephone, o.consignee_address) AS consignee_differs
FROM flows f
JOIN hub.trade_order o ON o.subject_hash = f.subject_hash AND o.row_id = f.order_row
JOIN waybills w ON w.tid = f.tid
JOIN hub.waybill v ON v.subject_hash = f.subject_hash AND v.row_id = w.row_id
LEFT JOIN hub.import_order m ON m.subject_hash = f.subject_hash AND m.row_id = f.order_row
WHERE f.has_order AND f.import;
