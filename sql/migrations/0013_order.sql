-- 0013_order: a list refers to documents that are accepted. It counts for agencies with order = "accepted". And one that is over
-- there is not changed.
-- Locks: hub.message_rule. Way back: UPDATE hub.message_rule SET after = '{}' WHERE kind IN ('CEB603', 'CEB621'); DROP VIEW
-- hub.accepted; DROP TABLE hub.part_kind; DROP FUNCTION hub.list_differs, hub.break_closed,
-- hub.untold_voids.
UPDATE hub.message_rule SET after = '{CEB303,CEB505}', source = source || '; after: X-02, X-03'
WHERE what = 'trade' AND kind = 'CEB603';
UPDATE hub.message_rule SET after = '{CEB311,CEB411,CEB511}', source = source || '; after: M-03, M-06, 6.6'
WHERE what = 'trade' AND kind = 'CEB621';

-- Documents of a payment or a waybill alone: not declared anew because another part of their trade was.
CREATE TABLE hub.part_kind (kind text PRIMARY KEY);
INSERT INTO hub.part_kind VALUES ('CEB403'), ('CEB505'), ('CEB411'), ('CEB511');

-- Documents that may be referred to: the newest version is accepted. key_code, order_no: of which order one of a part is.
CREATE VIEW hub.accepted AS
SELECT d.trade_hash, d.order_row, d.kind, o.key_code, o.order_no, b.agency
FROM hub.document d
JOIN hub.bundle b USING (bundle_id)
LEFT JOIN hub.part_kind p ON p.kind = d.kind
LEFT JOIN hub.trade_order o ON p.kind IS NOT NULL AND o.trade_hash = d.trade_hash AND o.row_id = d.order_row
WHERE d.state = 'accepted'
  AND NOT EXISTS (SELECT 1 FROM hub.document n
                  WHERE n.trade_hash = d.trade_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version);

-- Would the list of an order be made of other rows than it was?
CREATE FUNCTION hub.list_differs(trade bigint, key text, number text, listed_order bigint, listed_waybill bigint, order_row bigint)
    RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN listed_order <> order_row OR listed_waybill IS DISTINCT FROM (
        SELECT w.row_id FROM hub.waybill w
        WHERE w.trade_hash = trade AND w.key_code = key AND w.order_no = number AND w.current AND w.app_type <> '3'
        ORDER BY w.part_key LIMIT 1);

-- Trades whose list is over at an agency (hub.document.closed) and would change, or be withdrawn: a person is told, nobody else.
CREATE FUNCTION hub.break_closed(trades bigint[], keys text[], numbers text[], lists text[]) RETURNS void LANGUAGE sql AS $$
    WITH closed AS MATERIALIZED (
        SELECT DISTINCT ON (c.trade_hash, c.key_code, c.order_no) c.* FROM unnest(trades, keys, numbers, lists) c (trade_hash, key_code, order_no, list)
    ), told AS (
        INSERT INTO hub.trade_break (trade_hash, key_code, order_no, code, seen, want)
        SELECT trade_hash, key_code, order_no, 'E5069', coalesce(list, ''), '' FROM closed
    ), judged AS (
        UPDATE hub.trade t SET verdict = 'broken', since = now(), checked_at = now()
        FROM closed c WHERE t.trade_hash = c.trade_hash AND t.key_code = c.key_code AND t.order_no = c.order_no
    )
    DELETE FROM hub.ready r USING closed c
    WHERE r.what IN ('trade', 'void') AND r.trade_hash = c.trade_hash AND r.key_code = c.key_code AND r.order_no = c.order_no
$$;

-- Voids of declared trades that no message of their agency tells, and which would: the list stands over there until one does.
-- agencies: [{"agency", "date": business date, "kinds": []}, …]
CREATE FUNCTION hub.untold_voids(agencies jsonb)
RETURNS TABLE (agency text, trade_hash bigint, key_code text, order_no text, kind text) LANGUAGE sql STABLE AS $$
    SELECT r.agency, r.trade_hash, r.key_code, r.order_no, coalesce(string_agg(DISTINCT m.kind, ', '), '')
    FROM hub.ready r
    CROSS JOIN LATERAL (SELECT CASE o.order_type WHEN 'I' THEN 'I' ELSE 'E' END AS ie_flag FROM hub.trade_order o
                        WHERE o.trade_hash = r.trade_hash AND o.row_id = r.order_row OFFSET 0) o
    LEFT JOIN (SELECT a ->> 'agency' AS agency, to_date(a ->> 'date', 'YYYYMMDD') AS day, a -> 'kinds' AS kinds
               FROM jsonb_array_elements(agencies) a) a ON a.agency = r.agency
    LEFT JOIN hub.message_rule m ON m.what = 'void' AND m.ie_flag = o.ie_flag AND m.valid_from <= coalesce(a.day, CURRENT_DATE)
                                AND (m.valid_until IS NULL OR m.valid_until > coalesce(a.day, CURRENT_DATE))
    WHERE r.what = 'void'
    GROUP BY r.agency, r.trade_hash, r.key_code, r.order_no
    HAVING bool_or(a.kinds ? m.kind) IS NOT TRUE
$$;
