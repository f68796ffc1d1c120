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

-- Rates by the beginning of the HS code, loaded by `landport rate import`; none are shipped: what nobody loaded is unknown.
CREATE TABLE hub.import_rate (
    kind        text NOT NULL CHECK (kind IN ('duty', 'vat', 'consumption')),
    gcode       text NOT NULL,           -- '' : all others
    valid_from  date NOT NULL,
    rate        numeric NOT NULL CHECK (rate >= 0 AND (kind <> 'consumption' OR rate < 1)),
    source      text NOT NULL,
    valid_until date CHECK (valid_until > valid_from), -- no more from that day on; NULL: until another begins
    PRIMARY KEY (kind, gcode, valid_from)
);

-- The rate of an HS code on a day: of the rows that count on it the longest prefix, then the newest. NULL: unknown.
CREATE FUNCTION hub.import_rate_of(asked text, code text, day date) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT r.rate FROM hub.import_rate r
            WHERE r.kind = asked AND r.gcode = ANY (ARRAY (SELECT left(code, n) FROM generate_series(0, length(code)) n))
              AND r.valid_from <= day AND (r.valid_until IS NULL OR r.valid_until > day)
            ORDER BY length(r.gcode) DESC, r.valid_from DESC LIMIT 1);

-- Rates, and limits, that trades wait for and that are there now.
CREATE FUNCTION hub.rates_arrived(day date) RETURNS TABLE (kind text, code text)
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT m.kind, m.code FROM (SELECT DISTINCT kind, code FROM hub.missing_rate) m
    WHERE CASE WHEN m.kind IN ('duty', 'vat', 'consumption') THEN hub.import_rate_of(m.kind, m.code, day) IS NOT NULL
               WHEN m.kind = 'limit' THEN EXISTS (SELECT 1 FROM hub.import_limit l WHERE l.valid_from <= day)
          ELSE EXISTS (SELECT 1 FROM hub.exchange_rates(m.kind, day) r WHERE r.currency = m.code) END
$$;

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
              SELECT 1 FROM hub.document n
              WHERE n.trade_hash = d.trade_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version) AS yes) newer
          WHERE d.trade_hash = ANY (trades) AND d.kind = 'CEB621' AND o.buyer_id_number IS NOT NULL) s
    WHERE due <> used
$$;
