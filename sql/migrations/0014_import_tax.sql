-- 0014_import_tax: what retail imports cost in tax, and what a person may still import.
-- Locks: none but on the new tables. Way back: DROP the tables and functions made here.

-- Limits of retail imports, and the part of VAT and consumption tax that is due within them.
CREATE TABLE hub.import_limit (
    valid_from date PRIMARY KEY,
    single     numeric NOT NULL,         -- yuan, one transaction
    yearly     numeric NOT NULL,         -- yuan, one person, calendar year of Beijing
    reduction  numeric NOT NULL,
    source     text NOT NULL
);
INSERT INTO hub.import_limit VALUES
    ('2016-04-08', 2000, 20000, 0.70, '财关税〔2016〕18号'),
    ('2019-01-01', 5000, 26000, 0.70, '财关税〔2018〕49号; agency-rules 2.1');

-- Rates by the beginning of the HS code: of several rows the longest prefix counts, then the newest.
CREATE TABLE hub.import_rate (
    gcode       text NOT NULL,           -- '' : all others
    valid_from  date NOT NULL,
    duty        numeric NOT NULL,
    vat         numeric NOT NULL,
    consumption numeric NOT NULL CHECK (consumption >= 0 AND consumption < 1),
    source      text NOT NULL,
    PRIMARY KEY (gcode, valid_from)
);
INSERT INTO hub.import_rate VALUES
    ('', '2019-04-01', 0, 0.13, 0, 'general VAT rate; duty and consumption tax of an article: a row of its own');

-- price, freight and insurance together are what is taxed. inside: within both limits.
CREATE FUNCTION hub.import_tax(taxed numeric, duty numeric, vat numeric, consumption numeric, inside boolean,
                               reduction numeric)
    RETURNS TABLE (duty_due numeric, consumption_due numeric, vat_due numeric, tax numeric)
    LANGUAGE sql IMMUTABLE
AS $$
    SELECT round(d, 2), round(c, 2), round(v, 2), round(d + c + v, 2)
    FROM (SELECT CASE WHEN $5 THEN 0 ELSE $1 * $2 END AS d) d
    CROSS JOIN LATERAL (SELECT ($1 + d) / (1 - $4) * $4 AS full_c) f
    CROSS JOIN LATERAL (SELECT full_c * CASE WHEN $5 THEN $6 ELSE 1 END AS c,
                               ($1 + d + full_c) * $3 * CASE WHEN $5 THEN $6 ELSE 1 END AS v) t
$$;

-- A person is known by this alone.
CREATE FUNCTION hub.person_key(id_number text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sha256(convert_to(upper(id_number), 'UTF8'));

-- Signed amounts in yuan, one after the other; the sum of a person's year is what was used. Nothing is ever changed here.
CREATE TABLE hub.quota_ledger (
    entry_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person     bytea NOT NULL,
    year       text NOT NULL,            -- YYYY, Beijing
    amount     numeric NOT NULL CHECK (amount <> 0),
    trade_hash bigint NOT NULL,
    guid       uuid NOT NULL,            -- of the list
    reason     text NOT NULL,            -- declared, or the list's state since
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX quota_ledger_person ON hub.quota_ledger (person, year);
CREATE INDEX quota_ledger_document ON hub.quota_ledger (trade_hash, guid);
CREATE FUNCTION hub.quota_ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'hub.quota_ledger is only ever added to';
END $$;
CREATE TRIGGER quota_ledger_kept BEFORE UPDATE OR DELETE ON hub.quota_ledger
    FOR EACH ROW EXECUTE FUNCTION hub.quota_ledger_is_kept();

-- Lists of these trades as they stand now: what the newest version of each uses is what its order costs, or nothing
-- once it was refused or withdrawn; the difference to what the ledger has of it is added.
CREATE FUNCTION hub.settle_quota(trades bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO hub.quota_ledger (person, year, amount, trade_hash, guid, reason)
    SELECT person, year, due - used, trade_hash, guid, reason
    FROM (SELECT hub.person_key(o.buyer_id_number) AS person, left(b.app_time, 4) AS year, d.trade_hash, d.guid,
                 CASE WHEN d.state IN ('refused', 'withdrawn') OR newer.yes THEN 0 ELSE o.goods_value + o.freight END AS due,
                 coalesce((SELECT sum(amount) FROM hub.quota_ledger l
                           WHERE l.trade_hash = d.trade_hash AND l.guid = d.guid), 0) AS used,
                 CASE WHEN newer.yes THEN 'changed' ELSE coalesce(d.state, 'declared') END AS reason
          FROM hub.document d
          JOIN hub.trade_order o ON o.trade_hash = d.trade_hash AND o.row_id = d.order_row
          JOIN hub.bundle b USING (bundle_id)
          CROSS JOIN LATERAL (SELECT EXISTS (
              SELECT FROM hub.document n
              WHERE n.trade_hash = d.trade_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version) AS yes) newer
          WHERE d.trade_hash = ANY (trades) AND d.kind = 'CEB621' AND o.buyer_id_number IS NOT NULL) s
    WHERE due <> used
$$;

-- What an import order costs, line by line, at the rates of its day: for operators and trace.
CREATE VIEW hub.import_order_tax AS
SELECT o.trade_hash, o.row_id, o.key_code, o.order_no, i.gnum, i.gcode,
       round(i.total_price + share.freight, 5) AS taxed, l.inside, t.duty_due, t.consumption_due, t.vat_due, t.tax
FROM hub.trade_order o
JOIN hub.order_item i ON i.trade_hash = o.trade_hash AND i.row_id = o.row_id
CROSS JOIN LATERAL (SELECT CASE WHEN o.goods_value = 0 THEN 0 ELSE o.freight * i.total_price / o.goods_value END AS freight) share
CROSS JOIN LATERAL (SELECT to_date(left(o.order_time, 8), 'YYYYMMDD') AS day) d
CROSS JOIN LATERAL (SELECT o.goods_value + o.freight <= m.single AS inside, m.reduction
                    FROM hub.import_limit m WHERE m.valid_from <= d.day ORDER BY valid_from DESC LIMIT 1) l
CROSS JOIN LATERAL (SELECT * FROM hub.import_rate r
                    WHERE starts_with(i.gcode, r.gcode) AND r.valid_from <= d.day
                    ORDER BY length(r.gcode) DESC, r.valid_from DESC LIMIT 1) r
CROSS JOIN LATERAL hub.import_tax(i.total_price + share.freight, r.duty, r.vat, r.consumption, l.inside, l.reduction) t
WHERE o.order_type = 'I';
