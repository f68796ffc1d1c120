-- 0019_quota_sums: what buyers have used is summed once and not for each order.
-- No joins of what is asked with what is taken: the planner expects one row of each, and would go through all for each.
-- Locks: none. Way back: the function of 0015 anew.
CREATE OR REPLACE FUNCTION hub.over_quota(day date)
    RETURNS TABLE (trade_hash bigint, key_code text, order_no text, used numeric, yearly numeric)
    LANGUAGE sql STABLE
AS $$
    WITH asked AS MATERIALIZED (
        SELECT o.trade_hash, o.key_code, o.order_no, o.order_time, hub.person_key(o.buyer_id_number) AS person,
               o.goods_value + o.freight + hub.insured_fee(o.trade_hash, o.key_code, o.order_no) AS price
        FROM (SELECT DISTINCT r.trade_hash, r.order_row FROM hub.ready r WHERE r.what = 'trade') w
        JOIN hub.trade_order o ON o.trade_hash = w.trade_hash AND o.row_id = w.order_row
        WHERE o.current AND o.order_type = 'I' AND o.buyer_id_number IS NOT NULL
    ), booked AS MATERIALIZED (
        SELECT q.person, q.trade_hash, sum(q.amount) AS price
        FROM hub.quota_ledger q
        WHERE q.person IN (SELECT person FROM asked) AND q.year = to_char(day, 'YYYY')
        GROUP BY q.person, q.trade_hash
    ), begun AS MATERIALIZED (
        SELECT hub.person_key(o.buyer_id_number) AS person, d.trade_hash, max(o.goods_value + o.freight + w.insured_fee) AS price
        FROM hub.document d
        JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
        JOIN hub.waybill w ON w.trade_hash = d.trade_hash AND w.row_id = d.waybill_row
        WHERE d.bundle_id IN (SELECT bundle_id FROM hub.bundle WHERE state IN ('begun', 'open'))
          AND d.kind = 'CEB621' AND EXISTS (SELECT FROM asked)
        GROUP BY 1, 2
    )
    SELECT r.trade_hash, r.key_code, r.order_no, r.used, m.yearly
    FROM (SELECT p.*, sum(price) OVER (PARTITION BY person ORDER BY is_asked, order_time, order_no, trade_hash) AS used
          FROM (SELECT true AS is_asked, person, order_time, trade_hash, key_code, order_no, price FROM asked
                UNION ALL
                SELECT false, person, NULL, NULL, NULL, NULL, sum(coalesce(begun.price, booked.price))
                FROM booked FULL JOIN begun USING (person, trade_hash)
                WHERE trade_hash NOT IN (SELECT trade_hash FROM asked)
                GROUP BY person) p) r
    CROSS JOIN (SELECT l.yearly FROM hub.import_limit l WHERE l.valid_from <= day ORDER BY l.valid_from DESC LIMIT 1) m
    WHERE r.is_asked AND r.used > m.yearly
$$;
