-- list: what became of a list, what it is made of.

-- What became of a list and its changes: out (refused or withdrawn), stands, or NULL where nobody knows. Of a change that was
-- refused, or is not answered, what it changes stands.
CREATE OR REPLACE FUNCTION hub.list_fate(withdrawn boolean, accepted boolean, open boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN withdrawn THEN 'out' WHEN accepted THEN 'stands' WHEN open IS NOT TRUE THEN 'out' END;

-- Does a list stand for that waybill: the one it names, or one of several?
CREATE OR REPLACE FUNCTION hub.lists_waybill(trade bigint, bundle bigint, listed_order bigint, listed_waybill bigint, waybill bigint)
    RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN listed_waybill = waybill OR EXISTS (
        SELECT 1 FROM hub.bundle_waybill b
        WHERE b.subject_hash = trade AND b.bundle_id = bundle AND b.order_row = listed_order AND b.waybill_row = waybill);

-- What a list is made of where it stands for several waybills; NULL: the rows it names say it all.
CREATE OR REPLACE FUNCTION hub.list_content(trade bigint, key text, number text, listed_order bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN count(*) > 1 THEN bit_xor(hashint8extended(w.row_id, 0)) # hashint8extended(listed_order, 1) END
            FROM hub.waybill w
            WHERE w.subject_hash = trade AND w.issuer = key AND w.order_no = number AND w.current AND w.app_type <> '3');

-- Would the list of an order be made of other rows than it was?
CREATE OR REPLACE FUNCTION hub.list_differs(trade bigint, key text, number text, listed_order bigint, listed_waybill bigint, order_row bigint)
    RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN listed_order <> order_row OR listed_waybill IS DISTINCT FROM (
        SELECT w.row_id FROM hub.waybill w
        WHERE w.subject_hash = trade AND w.issuer = key AND w.order_no = number AND w.current AND w.app_type <> '3'
        ORDER BY w.part_key LIMIT 1);

-- Trades whose list is over at an agency (hub.document.closed) and would change, or be withdrawn: a person is told, nobody else.
CREATE OR REPLACE FUNCTION hub.break_closed(trades bigint[], keys text[], numbers text[], lists text[]) RETURNS void LANGUAGE sql AS $$
    WITH closed AS MATERIALIZED (
        SELECT DISTINCT ON (c.subject_hash, c.issuer, c.order_no) c.* FROM unnest(trades, keys, numbers, lists) c (subject_hash, issuer, order_no, list)
    ), told AS (
        INSERT INTO hub.trade_break (subject_hash, issuer, order_no, code, seen, want)
        SELECT subject_hash, issuer, order_no, 'E5069', coalesce(list, ''), '' FROM closed
    ), judged AS (
        UPDATE hub.trade t SET verdict = 'broken', since = now(), checked_at = now()
        FROM closed c WHERE t.subject_hash = c.subject_hash AND t.issuer = c.issuer AND t.order_no = c.order_no
    )
    DELETE FROM hub.ready r USING closed c
    WHERE r.what IN ('trade', 'void') AND r.subject_hash = c.subject_hash AND r.issuer = c.issuer AND r.number = c.order_no
$$;
