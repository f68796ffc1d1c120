-- 0024_withdraw: what a file left that was taken before it was whole ends with it.
-- Locks: hub.answer while its column is added. Way back: DROP FUNCTION hub.halves, hub.withdraw; ALTER TABLE hub.answer DROP recalled.

-- The batches that the one named is the whole of: its upload may have been taken too early more than once.
CREATE FUNCTION hub.halves(whole bigint) RETURNS bigint[] LANGUAGE sql STABLE
    RETURN ARRAY (
        WITH RECURSIVE early AS (
            SELECT f.replaces AS upload_id, b.item FROM hub.batch b JOIN hub.batch f ON f.batch_id = b.upload_id
            WHERE b.batch_id = whole AND f.replaces IS NOT NULL
            UNION
            SELECT f.replaces, e.item FROM early e JOIN hub.batch f ON f.batch_id = e.upload_id
            WHERE f.replaces IS NOT NULL)
        SELECT b.batch_id FROM early e JOIN hub.batch b ON b.upload_id = e.upload_id AND b.item = e.item);

-- The things of stage_gone, which the file at hand brought when it was half there and has not as a whole. What stood
-- before them stands again; where nothing did, they are void. Bit 31 of a new row's line says that it is none of the
-- file; without it, it is the half's. Of a feed that is in no hub.feed_table the table has its name.
-- Setting hub.batch_id
CREATE FUNCTION hub.withdraw(named text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := current_setting('hub.batch_id')::bigint;
    things text := named;
    others text[] := '{}';
    part text;
BEGIN
    FOR part IN SELECT table_name FROM hub.feed_table WHERE feed = named LOOP
        IF EXISTS (SELECT 1 FROM pg_attribute
                   WHERE attrelid = ('hub.' || quote_ident(part))::regclass AND attname = 'current') THEN
            things := part;
        ELSE
            others := others || part;
        END IF;
    END LOOP;
    EXECUTE format($q$CREATE TEMP TABLE stage_stands ON COMMIT DROP AS
        SELECT g.trade_hash, coalesce(b.row_id, g.row_id) AS as_row, b.row_id IS NULL AS void,
               hub.row_id($1, g.row_id & 2147483647 | 2147483648) AS row_id
        FROM stage_gone g LEFT JOIN LATERAL (
            SELECT o.row_id FROM hub.%I o
            WHERE o.trade_hash = g.trade_hash AND o.key_code = g.key_code AND o.order_no = g.order_no
              AND coalesce(to_jsonb(o) ->> 'part_key', '') = g.part_key
              AND o.row_id < g.row_id AND o.batch_id <> ALL (hub.halves($1))
            ORDER BY o.row_id DESC LIMIT 1) b ON true$q$, things) USING batch;
    EXECUTE format('UPDATE hub.%I o SET current = false FROM stage_gone g
        WHERE o.trade_hash = g.trade_hash AND o.row_id = g.row_id', things);
    EXECUTE format($q$INSERT INTO hub.%1$I
        SELECT (jsonb_populate_record(o, jsonb_build_object('row_id', s.row_id, 'batch_id', $1, 'current', true)
                || CASE WHEN s.void THEN jsonb '{"app_type": "3", "note": null}' ELSE '{}' END)).*
        FROM stage_stands s JOIN hub.%1$I o ON o.trade_hash = s.trade_hash AND o.row_id = s.as_row$q$, things) USING batch;
    FOREACH part IN ARRAY others LOOP
        EXECUTE format($q$INSERT INTO hub.%1$I
            SELECT (jsonb_populate_record(l, jsonb_build_object('row_id', s.row_id))).*
            FROM stage_stands s JOIN hub.%1$I l ON l.trade_hash = s.trade_hash AND l.row_id = s.as_row$q$, part);
    END LOOP;
END $$;

-- A rejects file that was published and stands no more is taken out of out/ again.
ALTER TABLE hub.answer ADD recalled boolean NOT NULL DEFAULT false;
CREATE INDEX answer_recall ON hub.answer (party) WHERE kind = 'rejects' AND state = 'replaced' AND proof IS NOT NULL AND NOT recalled;
