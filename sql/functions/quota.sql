-- quota: what persons use of their year's limit.

-- Which documents use it and which give it back (hub.asked_message.quota).
CREATE OR REPLACE VIEW hub.quota_kind AS SELECT DISTINCT kind, quota FROM hub.asked_message WHERE quota IS NOT NULL;

CREATE OR REPLACE FUNCTION hub.quota_ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'hub.quota_ledger is only ever added to';
END $$;
CREATE OR REPLACE TRIGGER quota_ledger_kept BEFORE UPDATE OR DELETE ON hub.quota_ledger
    FOR EACH ROW EXECUTE FUNCTION hub.quota_ledger_is_kept();

-- Import orders that are ready and would take their buyer over the limit of `day`'s year, Beijing: earlier orders come first,
-- before them what the ledger has, and the lists of bundles that are not closed yet. Only what is ready for an agency whose folder has a kind
-- that uses the quota, and not what such a list says already: it is ready for something else, and stands as it was booked. No joins of what is asked with what is taken: the
-- planner expects one row of each, and would go through all for each.
-- Source  ceb-messages M-13; agency-rules 2.1
CREATE OR REPLACE FUNCTION hub.over_quota(day date)
    RETURNS TABLE (subject_hash bigint, issuer text, order_no text, used numeric, yearly numeric)
    LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT o.subject_hash, o.issuer, o.order_no, o.order_time, hub.person_key(o.buyer_id_number) AS person,
               o.goods_value + o.freight
               + coalesce((SELECT n.fee FROM hub.insured n
                           WHERE n.subject_hash = o.subject_hash AND n.issuer = o.issuer AND n.order_no = o.order_no), 0) AS price, coalesce(l.year, to_char(day, 'YYYY')) AS year
        FROM (SELECT DISTINCT r.subject_hash, r.row_id
              FROM hub.ready r
              JOIN (SELECT agency FROM (SELECT DISTINCT agency FROM hub.ready WHERE what = 'trade' OFFSET 0) g
                    WHERE EXISTS (SELECT 1 FROM hub.asked_message m WHERE m.quota = 'uses' AND m.folder IN ('', hub.folder_of(g.agency)))) g
                  ON g.agency = r.agency
              WHERE r.what = 'trade') w
        JOIN hub.trade_order o ON o.subject_hash = w.subject_hash AND o.row_id = w.row_id
        -- a change counts in the year of the list as it was declared first, where one stands: hub.settle_quota books it so
        LEFT JOIN LATERAL (SELECT CASE WHEN d.state IS DISTINCT FROM 'withdrawn' THEN left(b.app_time, 4) END AS year
                           FROM hub.document d
                           JOIN hub.trade_order c ON c.subject_hash = d.subject_hash AND c.row_id = d.order_row
                           JOIN hub.document f ON f.subject_hash = d.subject_hash AND f.guid = coalesce(d.cop_guid, d.guid)
                           JOIN hub.bundle b ON b.bundle_id = f.bundle_id
                           WHERE d.subject_hash = o.subject_hash AND c.issuer = o.issuer AND c.order_no = o.order_no
                             AND d.kind = ANY (ARRAY (SELECT kind FROM hub.quota_kind WHERE quota = 'uses'))
                             AND d.state IS DISTINCT FROM 'refused'
                           ORDER BY d.version DESC LIMIT 1) l ON true
        WHERE o.current AND o.order_type = 'I' AND o.buyer_id_number IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM hub.document d
                          JOIN hub.waybill v ON v.subject_hash = d.subject_hash AND v.row_id = d.waybill_row AND v.current
                          WHERE d.subject_hash = w.subject_hash AND d.order_row = w.row_id AND (d.state IS NULL OR d.state NOT IN ('refused', 'withdrawn'))
                            AND d.kind = ANY (ARRAY (SELECT kind FROM hub.quota_kind WHERE quota = 'uses')))
    ), booked AS MATERIALIZED (
        SELECT q.person, q.year, q.subject_hash, sum(q.amount) AS price
        FROM hub.quota_ledger q
        WHERE q.person IN (SELECT person FROM asked) AND q.year IN (SELECT year FROM asked)
        GROUP BY q.person, q.year, q.subject_hash
    ), begun AS MATERIALIZED (
        SELECT hub.person_key(o.buyer_id_number) AS person, left(b.app_time, 4) AS year, d.subject_hash,
               max(o.goods_value + o.freight + w.insured_fee) AS price
        FROM hub.document d
        JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
        JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row
        JOIN hub.document f ON f.subject_hash = d.subject_hash AND f.guid = coalesce(d.cop_guid, d.guid)
        JOIN hub.bundle b ON b.bundle_id = f.bundle_id
        WHERE d.bundle_id IN (SELECT bundle_id FROM hub.bundle WHERE state IN ('begun', 'open'))
          AND d.kind = ANY (ARRAY (SELECT kind FROM hub.quota_kind WHERE quota = 'uses')) AND EXISTS (SELECT 1 FROM asked)
        GROUP BY 1, 2, 3
    )
    SELECT r.subject_hash, r.issuer, r.order_no, r.used, m.yearly
    FROM (SELECT p.*, sum(price) OVER (PARTITION BY person, year ORDER BY is_asked, order_time, order_no, subject_hash) AS used
          FROM (SELECT true AS is_asked, person, year, order_time, subject_hash, issuer, order_no, price FROM asked
                UNION ALL
                SELECT false, person, year, NULL, NULL, NULL, NULL, sum(coalesce(begun.price, booked.price))
                FROM booked FULL JOIN begun USING (person, year, subject_hash)
                WHERE subject_hash NOT IN (SELECT subject_hash FROM asked)
                GROUP BY person, year) p) r
    LEFT JOIN LATERAL (SELECT l.yearly FROM hub.import_limit l
                       WHERE l.valid_from <= least(day, make_date(r.year::int, 12, 31))
                       ORDER BY l.valid_from DESC LIMIT 1) m ON true
    WHERE r.is_asked AND (m.yearly IS NULL OR r.used > m.yearly);
END $$;

-- They are broken instead of ready; where no limit is known (yearly NULL) they wait for it, as for a rate.
CREATE OR REPLACE FUNCTION hub.break_over_quota(day date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS over_spent (subject_hash bigint, issuer text, order_no text, used numeric, yearly numeric) ON COMMIT DROP;
    TRUNCATE over_spent;
    INSERT INTO over_spent SELECT * FROM hub.over_quota(day);
    INSERT INTO hub.trade_break (subject_hash, issuer, order_no, code, seen, want)
    SELECT subject_hash, issuer, order_no, 'E5015', trim_scale(used)::text, trim_scale(yearly)::text FROM over_spent
    WHERE yearly IS NOT NULL;
    INSERT INTO hub.missing_rate (subject_hash, issuer, order_no, kind, code, since, first_day)
    SELECT subject_hash, issuer, order_no, 'limit', 'import', now(), day FROM over_spent WHERE yearly IS NULL
    ON CONFLICT DO NOTHING;
    UPDATE hub.trade t SET verdict = CASE WHEN o.yearly IS NULL THEN 'waiting' ELSE 'broken' END,
        waiting_for = CASE WHEN o.yearly IS NULL THEN '{rate}' ELSE t.waiting_for END, since = now(), checked_at = now()
    FROM over_spent o WHERE t.subject_hash = o.subject_hash AND t.issuer = o.issuer AND t.order_no = o.order_no;
    DELETE FROM hub.ready r USING over_spent o
    WHERE r.what = 'trade' AND r.subject_hash = o.subject_hash AND r.issuer = o.issuer AND r.number = o.order_no;
END $$;

-- Lists of these trades as they stand now: what the newest version of each that was not refused uses is what its order costs, less
-- what came back by returns that an agency accepted, whichever, of a line no more than it cost; or nothing once it was refused or withdrawn. The
-- difference to what the ledger has of it is added. A change counts in the year of what it changes. Several agencies may be told of one
-- purchase: it is the buyer's once, by the list that was told first of those that stand. What is not closed may still leave its bundle
-- and is not booked (hub.over_quota knows it). One at a time: two would add the same difference twice.
CREATE OR REPLACE FUNCTION hub.settle_quota(trades bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('hub.quota', 0));
    INSERT INTO hub.quota_ledger (person, year, amount, subject_hash, guid, reason)
    SELECT person, year, due - used, subject_hash, guid, reason
    FROM (SELECT person, year, subject_hash, guid, used,
                 CASE WHEN nth > 1 THEN 0 ELSE due END AS due,
                 CASE WHEN nth > 1 AND due > 0 THEN 'told elsewhere' ELSE reason END AS reason
          FROM (SELECT l.*, row_number() OVER (PARTITION BY subject_hash, issuer, order_no ORDER BY NOT stands, told_in, guid) AS nth
                FROM (
    SELECT hub.person_key(o.buyer_id_number) AS person, left(f.app_time, 4) AS year, d.subject_hash, o.issuer, o.order_no, d.guid, f.bundle_id AS told_in,
           stands.yes AS stands,
           CASE WHEN stands.yes THEN greatest(o.goods_value + o.freight + coalesce(w.insured_fee, 0) - returned.price, 0) ELSE 0 END AS due,
           coalesce((SELECT sum(amount) FROM hub.quota_ledger l WHERE l.subject_hash = d.subject_hash AND l.guid = d.guid), 0) AS used,
           CASE WHEN newer.yes THEN 'changed' WHEN returned.price > 0 THEN 'returned' ELSE coalesce(d.state, 'declared') END AS reason
    FROM hub.document d
    JOIN hub.bundle b ON b.bundle_id = d.bundle_id AND b.state IN ('closed', 'published')
    JOIN hub.trade_order o ON o.subject_hash = d.subject_hash AND o.row_id = d.order_row
    JOIN hub.document c ON c.subject_hash = d.subject_hash AND c.guid = coalesce(d.cop_guid, d.guid)
    JOIN hub.bundle f ON f.bundle_id = c.bundle_id
    LEFT JOIN hub.waybill w ON w.subject_hash = d.subject_hash AND w.row_id = d.waybill_row
    CROSS JOIN LATERAL (SELECT EXISTS (
        SELECT 1 FROM hub.document n
        JOIN hub.bundle m ON m.bundle_id = n.bundle_id AND m.state IN ('closed', 'published')
        WHERE n.subject_hash = d.subject_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version
          AND n.state IS DISTINCT FROM 'refused') AS yes) newer
    CROSS JOIN LATERAL (SELECT NOT newer.yes AND (d.state IS NULL OR d.state NOT IN ('refused', 'withdrawn')) AS yes) stands
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(least(r.price, i.total_price)), 0) AS price
        FROM (SELECT gnum, sum(price) AS price FROM (
              SELECT DISTINCT r.source_row, ri.line, ri.gnum, ro.price * ri.qty AS price
              FROM hub.document r
              JOIN hub.trade_order k ON k.subject_hash = r.subject_hash AND k.row_id = r.order_row
                                    AND k.issuer = o.issuer AND k.order_no = o.order_no
              JOIN hub.return_item ri ON ri.subject_hash = r.subject_hash AND ri.row_id = r.source_row
              JOIN hub.order_item ro ON ro.subject_hash = r.subject_hash AND ro.row_id = r.order_row AND ro.gnum = ri.gnum
              WHERE r.subject_hash = d.subject_hash AND r.kind = ANY (ARRAY (SELECT kind FROM hub.quota_kind WHERE quota = 'returns'))
                AND r.state = 'accepted' AND r.bundle_id > f.bundle_id
                AND NOT EXISTS (SELECT 1 FROM hub.document n WHERE n.subject_hash = r.subject_hash
                                AND n.first_guid = coalesce(r.first_guid, r.guid) AND n.version > r.version
                                AND n.state = 'accepted')
              ) back GROUP BY gnum) r
        JOIN hub.order_item i ON i.subject_hash = d.subject_hash AND i.row_id = d.order_row AND i.gnum = r.gnum) returned
    WHERE d.subject_hash = ANY (trades) AND d.kind = ANY (ARRAY (SELECT kind FROM hub.quota_kind WHERE quota = 'uses'))
      AND o.buyer_id_number IS NOT NULL) l) l) s
    WHERE due <> used;
END $$;
