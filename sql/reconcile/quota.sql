-- Import orders that are ready and would take their buyer over the year's limit are broken instead: earlier orders come
-- first, what was declared counts by the ledger. One connection asks for all, since a buyer's orders may lie in both
-- lanes' shares. Setting hub.business_date (YYYYMMDD)
-- Source  ceb-messages M-13; agency-rules 2.1
CREATE TEMP TABLE over_quota ON COMMIT DROP AS
SELECT r.trade_hash, r.key_code, r.order_no, r.used, m.yearly
FROM (SELECT o.trade_hash, o.key_code, o.order_no,
             coalesce(l.used, 0) + sum(o.goods_value + o.freight) OVER (
                 PARTITION BY hub.person_key(o.buyer_id_number) ORDER BY o.order_time, o.order_no) AS used
      FROM (SELECT DISTINCT trade_hash, order_row FROM hub.ready WHERE what = 'trade') w
      JOIN hub.trade_order o ON o.trade_hash = w.trade_hash AND o.row_id = w.order_row AND o.current AND o.order_type = 'I'
      LEFT JOIN LATERAL (SELECT sum(amount) AS used FROM hub.quota_ledger q
                         WHERE q.person = hub.person_key(o.buyer_id_number) AND q.trade_hash <> o.trade_hash
                           AND q.year = left(current_setting('hub.business_date'), 4)) l ON true
      WHERE o.buyer_id_number IS NOT NULL) r
CROSS JOIN (SELECT yearly FROM hub.import_limit
            WHERE valid_from <= to_date(current_setting('hub.business_date'), 'YYYYMMDD')
            ORDER BY valid_from DESC LIMIT 1) m
WHERE r.used > m.yearly;

INSERT INTO hub.trade_break (trade_hash, key_code, order_no, code, seen, want)
SELECT trade_hash, key_code, order_no, 'E5015', trim_scale(used)::text, trim_scale(yearly)::text FROM over_quota;
UPDATE hub.trade t SET verdict = 'broken', since = now(), checked_at = now()
FROM over_quota q WHERE t.trade_hash = q.trade_hash AND t.key_code = q.key_code AND t.order_no = q.order_no;
DELETE FROM hub.ready r USING over_quota q
WHERE r.what = 'trade' AND r.trade_hash = q.trade_hash AND r.key_code = q.key_code AND r.order_no = q.order_no
