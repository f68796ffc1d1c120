-- 0015_import_quota: the insured fee is part of what is taxed; a buyer's quota is asked about where lists are made as well. What
-- comes back is held against what was bought.
-- Locks: none. Way back: the functions and the view of 0014 anew; DROP FUNCTION hub.can_return; DROP VIEW hub.return_counted.

-- What the waybill of an order says of its insurance.
CREATE FUNCTION hub.insured_fee(trade bigint, key text, number text) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT coalesce(sum(insured_fee), 0) FROM hub.waybill w
            WHERE w.trade_hash = trade AND w.key_code = key AND w.order_no = number AND w.current AND w.app_type <> '3');

-- Import orders that are ready and would take their buyer over the limit of `day`'s year, Beijing: earlier orders come first,
-- before them what the ledger has, and the lists of bundles that are not closed yet.
-- Source  ceb-messages M-13; agency-rules 2.1
CREATE FUNCTION hub.over_quota(day date)
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
          AND d.kind = 'CEB621' AND EXISTS (SELECT 1 FROM asked)
        GROUP BY 1, 2
    ), taken AS (
        SELECT person, trade_hash, coalesce(begun.price, booked.price) AS price
        FROM booked FULL JOIN begun USING (person, trade_hash)
    )
    SELECT r.trade_hash, r.key_code, r.order_no, r.used, m.yearly
    FROM (SELECT a.trade_hash, a.key_code, a.order_no,
                 coalesce((SELECT sum(t.price) FROM taken t
                           WHERE t.person = a.person AND t.trade_hash NOT IN (SELECT trade_hash FROM asked)), 0)
                 + sum(a.price) OVER (PARTITION BY a.person ORDER BY a.order_time, a.order_no, a.trade_hash) AS used
          FROM asked a) r
    CROSS JOIN (SELECT l.yearly FROM hub.import_limit l WHERE l.valid_from <= day ORDER BY l.valid_from DESC LIMIT 1) m
    WHERE r.used > m.yearly
$$;

-- They are broken instead of ready.
CREATE FUNCTION hub.break_over_quota(day date) RETURNS void LANGUAGE sql AS $$
    WITH spent AS MATERIALIZED (SELECT * FROM hub.over_quota(day)), told AS (
        INSERT INTO hub.trade_break (trade_hash, key_code, order_no, code, seen, want)
        SELECT trade_hash, key_code, order_no, 'E5015', trim_scale(used)::text, trim_scale(yearly)::text FROM spent
    ), judged AS (
        UPDATE hub.trade t SET verdict = 'broken', since = now(), checked_at = now()
        FROM spent o WHERE t.trade_hash = o.trade_hash AND t.key_code = o.key_code AND t.order_no = o.order_no
    )
    DELETE FROM hub.ready r USING spent o
    WHERE r.what = 'trade' AND r.trade_hash = o.trade_hash AND r.key_code = o.key_code AND r.order_no = o.order_no
$$;

-- What returns take of an order's lines: each return as it was reported last, unless an agency refused that; one that was voided, or
-- whose change was refused, as it stands at an agency, if it does.
CREATE VIEW hub.return_counted AS
SELECT g.trade_hash, g.key_code, g.order_no, g.part_key, g.row_id, i.gnum, i.qty, i.qty1, i.qty2
FROM hub.goods_return g
JOIN hub.return_item i ON i.trade_hash = g.trade_hash AND i.row_id = g.row_id
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(d.state = 'refused'), false) AS refused,
           coalesce(bool_or(d.state IS DISTINCT FROM 'refused' AND NOT EXISTS (
               SELECT 1 FROM hub.document n
               WHERE n.trade_hash = d.trade_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version
                 AND n.state IS DISTINCT FROM 'refused')), false) AS stands
    FROM hub.document d
    WHERE d.trade_hash = g.trade_hash AND d.source_row = g.row_id
      AND d.kind IN (SELECT kind FROM hub.message_rule WHERE what = 'return')) d
WHERE CASE WHEN g.current AND g.app_type <> '3' THEN d.stands OR NOT d.refused
           ELSE d.stands AND EXISTS (
               SELECT 1 FROM hub.goods_return c
               WHERE c.trade_hash = g.trade_hash AND c.key_code = g.key_code AND c.order_no = g.order_no AND c.part_key = g.part_key
                 AND c.current AND c.row_id <> g.row_id
                 AND (c.app_type = '3' OR EXISTS (SELECT 1 FROM hub.document r
                                                  WHERE r.trade_hash = c.trade_hash AND r.source_row = c.row_id AND r.state = 'refused'
                                                    AND r.kind IN (SELECT kind FROM hub.message_rule WHERE what = 'return')))) END;

-- May a return go: the list its goods were on stands and has its number, they come from where they went to, and of each of its lines
-- no more comes back than was on it.
CREATE FUNCTION hub.can_return(trade bigint, key text, number text, return_row bigint) RETURNS boolean LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (
        SELECT 1
        FROM (SELECT d.order_row, d.state FROM hub.document d
              JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
              WHERE d.trade_hash = trade AND o.key_code = key AND o.order_no = number AND d.invt_no IS NOT NULL
                AND d.kind IN (SELECT withdraws FROM hub.receipt_kind) AND d.state IS DISTINCT FROM 'refused'
              ORDER BY d.bundle_id DESC LIMIT 1) l
        JOIN hub.trade_order b ON b.trade_hash = trade AND b.row_id = l.order_row
        JOIN hub.goods_return g ON g.trade_hash = trade AND g.row_id = return_row
        WHERE l.state IS DISTINCT FROM 'withdrawn'
          AND (b.order_type = 'I' OR g.country IS NULL OR g.country = b.country)
          AND NOT EXISTS (
              SELECT 1
              FROM hub.return_item r
              LEFT JOIN hub.order_item i ON i.trade_hash = r.trade_hash AND i.row_id = l.order_row AND i.gnum = r.gnum
              CROSS JOIN LATERAL (
                  SELECT sum(c.qty) AS qty, sum(c.qty1) AS qty1, sum(c.qty2) AS qty2 FROM hub.return_counted c
                  WHERE c.trade_hash = r.trade_hash AND c.key_code = key AND c.order_no = number AND c.gnum = r.gnum) c
              WHERE r.trade_hash = trade AND r.row_id = return_row
                AND (i.gnum IS NULL OR c.qty > i.qty OR c.qty1 > i.qty1 OR c.qty2 > i.qty2)))
$$;

-- Returns that were taken before their order, and cannot go as it is: none, or without such a line, or with less of it, or it went to
-- another country. reconcile/held.sql looks at them each time; their partners are told.
CREATE TABLE hub.return_wait (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,          -- of hub.goods_return
    key_code text NOT NULL, order_no text NOT NULL, part_key text NOT NULL,
    party      text NOT NULL,
    code text NOT NULL, seen text NOT NULL, want text NOT NULL,
    since      timestamptz NOT NULL,
    notice     text,                     -- name of the one that told of it; NULL: not told yet
    PRIMARY KEY (trade_hash, row_id)
);

-- Lists of these trades as they stand now: what the newest version of each that was not refused uses is what its order costs, less
-- what came back by returns that were accepted, of a line no more than it cost; or nothing once it was refused or withdrawn. The
-- difference to what the ledger has of it is added. A change counts in the year of what it changes. One at a time: two would add
-- the same difference twice.
CREATE OR REPLACE FUNCTION hub.settle_quota(trades bigint[]) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('hub.quota', 0));
    INSERT INTO hub.quota_ledger (person, year, amount, trade_hash, guid, reason)
    SELECT person, year, due - used, trade_hash, guid, reason
    FROM (SELECT hub.person_key(o.buyer_id_number) AS person, left(b.app_time, 4) AS year, d.trade_hash, d.guid,
                 CASE WHEN d.state IN ('refused', 'withdrawn') OR newer.yes THEN 0
                      ELSE greatest(o.goods_value + o.freight + coalesce(w.insured_fee, 0) - returned.price, 0) END AS due,
                 coalesce((SELECT sum(amount) FROM hub.quota_ledger l
                           WHERE l.trade_hash = d.trade_hash AND l.guid = d.guid), 0) AS used,
                 CASE WHEN newer.yes THEN 'changed' WHEN returned.price > 0 THEN 'returned'
                      ELSE coalesce(d.state, 'declared') END AS reason
          FROM hub.document d
          JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
          JOIN hub.document f ON f.trade_hash = d.trade_hash AND f.guid = coalesce(d.cop_guid, d.guid)
          JOIN hub.bundle b ON b.bundle_id = f.bundle_id
          LEFT JOIN hub.waybill w ON w.trade_hash = d.trade_hash AND w.row_id = d.waybill_row
          CROSS JOIN LATERAL (SELECT EXISTS (
              SELECT 1 FROM hub.document n
              WHERE n.trade_hash = d.trade_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version
                AND n.state IS DISTINCT FROM 'refused') AS yes) newer
          CROSS JOIN LATERAL (
              SELECT coalesce(sum(least(r.price, i.total_price)), 0) AS price
              FROM (SELECT ri.gnum, sum(ro.price * ri.qty) AS price
                    FROM hub.document r
                    JOIN hub.trade_order k ON k.trade_hash = r.trade_hash AND k.row_id = r.order_row
                                          AND k.key_code = o.key_code AND k.order_no = o.order_no
                    JOIN hub.return_item ri ON ri.trade_hash = r.trade_hash AND ri.row_id = r.source_row
                    JOIN hub.order_item ro ON ro.trade_hash = r.trade_hash AND ro.row_id = r.order_row AND ro.gnum = ri.gnum
                    WHERE r.trade_hash = d.trade_hash AND r.kind = 'CEB625' AND r.state = 'accepted' AND r.bundle_id > f.bundle_id
                      AND NOT EXISTS (SELECT 1 FROM hub.document n WHERE n.trade_hash = r.trade_hash
                                      AND n.first_guid = coalesce(r.first_guid, r.guid) AND n.version > r.version
                                      AND n.state = 'accepted')
                    GROUP BY ri.gnum) r
              JOIN hub.order_item i ON i.trade_hash = d.trade_hash AND i.row_id = d.order_row AND i.gnum = r.gnum) returned
          WHERE d.trade_hash = ANY (trades) AND d.kind = 'CEB621' AND o.buyer_id_number IS NOT NULL) s
    WHERE due <> used
$$;

-- What an import order costs, line by line, at the rates of its day: for operators and trace. What depends on a rate that
-- is not loaded is NULL, and `unknown` says which ones those are; within the limits duty is none whatever its rate is.
CREATE VIEW hub.import_order_tax AS
SELECT o.trade_hash, o.row_id, o.key_code, o.order_no, i.gnum, i.gcode,
       round(i.total_price + share.way, 5) AS taxed, l.inside, t.duty_due, t.consumption_due, t.vat_due, t.tax,
       array_remove(ARRAY[CASE WHEN r.duty IS NULL AND l.inside IS NOT TRUE THEN 'duty' END, CASE WHEN r.vat IS NULL THEN 'vat' END,
                          CASE WHEN r.consumption IS NULL THEN 'consumption' END, CASE WHEN l.inside IS NULL THEN 'limit' END], NULL) AS unknown
FROM hub.trade_order o
JOIN hub.order_item i ON i.trade_hash = o.trade_hash AND i.row_id = o.row_id
CROSS JOIN LATERAL (SELECT o.freight + hub.insured_fee(o.trade_hash, o.key_code, o.order_no) AS whole) way
CROSS JOIN LATERAL (SELECT CASE WHEN o.goods_value = 0 THEN 0 ELSE way.whole * i.total_price / o.goods_value END AS way) share
CROSS JOIN LATERAL (SELECT to_date(left(o.order_time, 8), 'YYYYMMDD') AS day) d
LEFT JOIN LATERAL (SELECT o.goods_value + way.whole <= m.single AS inside, m.reduction
                   FROM hub.import_limit m WHERE m.valid_from <= d.day ORDER BY valid_from DESC LIMIT 1) l ON true
CROSS JOIN LATERAL (SELECT hub.import_rate_of('duty', i.gcode, d.day) AS duty, hub.import_rate_of('vat', i.gcode, d.day) AS vat,
                           hub.import_rate_of('consumption', i.gcode, d.day) AS consumption) r
CROSS JOIN LATERAL hub.import_tax(CASE WHEN l.inside IS NOT NULL THEN i.total_price + share.way END, r.duty, r.vat, r.consumption, l.inside, l.reduction) t
WHERE o.order_type = 'I';
