-- 0019_quota_sums: what buyers have used is summed once and not for each order; a change is asked about the year of what it changes.
-- No joins of what is asked with what is taken: the planner expects one row of each, and would go through all for each.
-- Locks: none. Way back: the functions of 0015 anew; DROP FUNCTION hub.quota_year.

-- The year that a change of an order's list counts in: that of the list as it was declared first; NULL: no list of it stands.
-- Source  agency-rules 2.1: the calendar year of Beijing; hub.settle_quota books it so
CREATE FUNCTION hub.quota_year(trade bigint, key text, number text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN d.state IS DISTINCT FROM 'withdrawn' THEN left(b.app_time, 4) END
            FROM hub.document d
            JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
            JOIN hub.document f ON f.trade_hash = d.trade_hash AND f.guid = coalesce(d.cop_guid, d.guid)
            JOIN hub.bundle b ON b.bundle_id = f.bundle_id
            WHERE d.trade_hash = trade AND o.key_code = key AND o.order_no = number AND d.kind = 'CEB621'
              AND d.state IS DISTINCT FROM 'refused'
            ORDER BY d.version DESC LIMIT 1);

CREATE OR REPLACE FUNCTION hub.over_quota(day date)
    RETURNS TABLE (trade_hash bigint, key_code text, order_no text, used numeric, yearly numeric)
    LANGUAGE sql STABLE
AS $$
    WITH asked AS MATERIALIZED (
        SELECT o.trade_hash, o.key_code, o.order_no, o.order_time, hub.person_key(o.buyer_id_number) AS person,
               o.goods_value + o.freight + hub.insured_fee(o.trade_hash, o.key_code, o.order_no) AS price,
               coalesce(hub.quota_year(o.trade_hash, o.key_code, o.order_no), to_char(day, 'YYYY')) AS year
        FROM (SELECT DISTINCT r.trade_hash, r.order_row FROM hub.ready r WHERE r.what = 'trade') w
        JOIN hub.trade_order o ON o.trade_hash = w.trade_hash AND o.row_id = w.order_row
        WHERE o.current AND o.order_type = 'I' AND o.buyer_id_number IS NOT NULL
    ), booked AS MATERIALIZED (
        SELECT q.person, q.year, q.trade_hash, sum(q.amount) AS price
        FROM hub.quota_ledger q
        WHERE q.person IN (SELECT person FROM asked) AND q.year IN (SELECT year FROM asked)
        GROUP BY q.person, q.year, q.trade_hash
    ), begun AS MATERIALIZED (
        SELECT hub.person_key(o.buyer_id_number) AS person, left(b.app_time, 4) AS year, d.trade_hash,
               max(o.goods_value + o.freight + w.insured_fee) AS price
        FROM hub.document d
        JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
        JOIN hub.waybill w ON w.trade_hash = d.trade_hash AND w.row_id = d.waybill_row
        JOIN hub.document f ON f.trade_hash = d.trade_hash AND f.guid = coalesce(d.cop_guid, d.guid)
        JOIN hub.bundle b ON b.bundle_id = f.bundle_id
        WHERE d.bundle_id IN (SELECT bundle_id FROM hub.bundle WHERE state IN ('begun', 'open'))
          AND d.kind = 'CEB621' AND EXISTS (SELECT 1 FROM asked)
        GROUP BY 1, 2, 3
    )
    SELECT r.trade_hash, r.key_code, r.order_no, r.used, m.yearly
    FROM (SELECT p.*, sum(price) OVER (PARTITION BY person, year ORDER BY is_asked, order_time, order_no, trade_hash) AS used
          FROM (SELECT true AS is_asked, person, year, order_time, trade_hash, key_code, order_no, price FROM asked
                UNION ALL
                SELECT false, person, year, NULL, NULL, NULL, NULL, sum(coalesce(begun.price, booked.price))
                FROM booked FULL JOIN begun USING (person, year, trade_hash)
                WHERE trade_hash NOT IN (SELECT trade_hash FROM asked)
                GROUP BY person, year) p) r
    LEFT JOIN LATERAL (SELECT l.yearly FROM hub.import_limit l
                       WHERE l.valid_from <= least(day, make_date(r.year::int, 12, 31))
                       ORDER BY l.valid_from DESC LIMIT 1) m ON true
    WHERE r.is_asked AND (m.yearly IS NULL OR r.used > m.yearly)
$$;

-- They are broken instead of ready; where no limit is known (yearly NULL) they wait for it, as for a rate.
CREATE OR REPLACE FUNCTION hub.break_over_quota(day date) RETURNS void LANGUAGE sql AS $$
    WITH spent AS MATERIALIZED (SELECT * FROM hub.over_quota(day)), told AS (
        INSERT INTO hub.trade_break (trade_hash, key_code, order_no, code, seen, want)
        SELECT trade_hash, key_code, order_no, 'E5015', trim_scale(used)::text, trim_scale(yearly)::text FROM spent
        WHERE yearly IS NOT NULL
    ), lacking AS (
        INSERT INTO hub.missing_rate (trade_hash, key_code, order_no, kind, code, since, first_day)
        SELECT trade_hash, key_code, order_no, 'limit', 'import', now(), day FROM spent WHERE yearly IS NULL
        ON CONFLICT DO NOTHING
    ), judged AS (
        UPDATE hub.trade t SET verdict = CASE WHEN o.yearly IS NULL THEN 'waiting' ELSE 'broken' END,
            waiting_for = CASE WHEN o.yearly IS NULL THEN '{rate}' ELSE t.waiting_for END, since = now(), checked_at = now()
        FROM spent o WHERE t.trade_hash = o.trade_hash AND t.key_code = o.key_code AND t.order_no = o.order_no
    )
    DELETE FROM hub.ready r USING spent o
    WHERE r.what = 'trade' AND r.trade_hash = o.trade_hash AND r.key_code = o.key_code AND r.order_no = o.order_no
$$;
