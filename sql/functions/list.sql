-- list: what became of a list, what it is made of.

-- What became of a list and its changes: out (refused or withdrawn), stands, or NULL where nobody knows. Of a change that was
-- refused, or is not answered, what it changes stands.
CREATE OR REPLACE FUNCTION hub.list_fate(withdrawn boolean, accepted boolean, open boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN withdrawn THEN 'out' WHEN accepted THEN 'stands' WHEN open IS NOT TRUE THEN 'out' END;

-- Documents that have a number over there, and whose it is: two agencies that take one kind number it each for itself.
CREATE OR REPLACE VIEW hub.numbered AS
SELECT b.agency, d.subject_hash, d.order_row, d.waybill_row, d.kind, d.bundle_id, d.version, d.invt_no
FROM hub.document d JOIN hub.bundle b ON b.bundle_id = d.bundle_id
WHERE d.invt_no IS NOT NULL;

-- What a list says where it stands for several waybills (how many, and their rows: bit_xor(hashint8extended(row_id, 0))) besides the rows it
-- names; NULL: those say it all.
CREATE OR REPLACE FUNCTION hub.list_content(waybills bigint, rows_of_them bigint, order_row bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN waybills > 1 THEN rows_of_them # hashint8extended(order_row, 1) END;

-- Trades whose list is over at an agency (hub.document.closed) and would change, or be withdrawn: a person is told, and this agency nothing.
-- What others are to hear of the same order they hear.
CREATE OR REPLACE FUNCTION hub.break_closed(agencies text[], trades bigint[], keys text[], numbers text[], lists text[]) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hub.trade_break (subject_hash, issuer, order_no, code, seen, want)
    SELECT DISTINCT ON (trade, key, number) trade, key, number, 'E5069', coalesce(list, ''), ''
    FROM unnest(trades, keys, numbers, lists) c (trade, key, number, list)
    ORDER BY trade, key, number, list;
    UPDATE hub.trade t SET verdict = 'broken', since = now(), checked_at = now()
    FROM (SELECT DISTINCT trade, key, number FROM unnest(trades, keys, numbers) c (trade, key, number)) c
    WHERE t.subject_hash = c.trade AND t.issuer = c.key AND t.order_no = c.number;
    DELETE FROM hub.ready r USING unnest(agencies, trades, keys, numbers) c (agency, trade, key, number)
    WHERE r.agency = c.agency AND r.what IN ('trade', 'void') AND r.subject_hash = c.trade AND r.issuer = c.key AND r.number = c.number;
END $$;
