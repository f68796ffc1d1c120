-- 0006_customs: feeds beside the three flows, import, and what each trade mode must send.
-- Locks: hub.document, hub.ready, hub.payment, hub.waybill while columns are added, rows only of changed documents are written.
-- Way back: DROP the tables made here, ALTER TABLE hub.document and hub.ready DROP the columns.

-- Keys -------------------------------------------------------------------------------------------

-- What a row of a feed that is not about an order is named by: who gave the number, and the number.
CREATE TABLE hub.feed_key (
    feed   text PRIMARY KEY,
    issuer text NOT NULL,                -- columns of the feed
    number text NOT NULL
);
INSERT INTO hub.feed_key VALUES
    ('goods', 'ebc_code', 'item_no'),
    ('departure', 'logistics_code', 'bill_no'),
    ('entry', 'operator_code', 'entry_no'),
    ('tally', 'operator_code', 'tally_no'),
    ('status', 'logistics_code', 'logistics_no');

-- Columns a feed's statements name and a variant of it (lp:feed rows) does not have.
CREATE TABLE hub.feed_spare (
    feed        text NOT NULL,
    column_name text NOT NULL,
    PRIMARY KEY (feed, column_name)
);
INSERT INTO hub.feed_spare VALUES
    ('logistics', 'ebc_code'), ('logistics', 'ebc_name'), ('logistics', 'ebc_telephone'),
    ('logistics', 'pod'), ('logistics', 'total_package_no');

CREATE OR REPLACE FUNCTION hub.stage_keys(stage text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    named text := substr(stage, length('stage_') + 1);
    spare text;
    key hub.feed_key;
BEGIN
    FOR spare IN SELECT column_name FROM hub.feed_spare WHERE feed = named LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS %I text', stage, spare);
    END LOOP;
    SELECT * INTO key FROM hub.feed_key WHERE feed = named;
    IF FOUND THEN
        EXECUTE format('ALTER TABLE %1$I
            ADD key_code text GENERATED ALWAYS AS (%2$I) STORED,
            ADD order_no text GENERATED ALWAYS AS (%3$I) STORED,
            ADD trade_hash bigint GENERATED ALWAYS AS (hub.trade_hash(%2$I, %3$I)) STORED',
            stage, key.issuer, key.number);
    ELSE
        EXECUTE format('ALTER TABLE %I
            ADD key_code text GENERATED ALWAYS AS (hub.key_code(ebp_code, ebc_code)) STORED,
            ADD trade_hash bigint GENERATED ALWAYS AS
                (hub.trade_hash(hub.key_code(ebp_code, ebc_code), order_no)) STORED', stage);
    END IF;
END $$;

-- Rules ------------------------------------------------------------------------------------------

-- Which messages a thing asks for; rows of a day are those begun and not ended by then.
CREATE TABLE hub.message_rule (
    what        text NOT NULL,           -- trade, void (a declared trade that is no more), or a feed
    trade_mode  text NOT NULL,           -- '' : whatever it is
    ie_flag     text NOT NULL CHECK (ie_flag IN ('E', 'I', '')),
    kind        text NOT NULL,
    valid_from  date NOT NULL,
    valid_until date,
    after       text[] NOT NULL DEFAULT '{}',  -- kinds of the same trade that must be accepted first
    source      text NOT NULL,
    sums        text,                    -- month: the kind of list it sums up, and the day of the next month by which it must be told
    by_day      int,
    PRIMARY KEY (what, trade_mode, ie_flag, kind, valid_from)
);
INSERT INTO hub.message_rule (what, trade_mode, ie_flag, kind, valid_from, source) VALUES
    ('trade', '9610', 'E', 'CEB303', '2014-02-10', 'X-22'),
    ('trade', '9610', 'E', 'CEB403', '2014-02-10', 'X-22'),
    ('trade', '9610', 'E', 'CEB505', '2014-02-10', 'X-22'),
    ('trade', '9610', 'E', 'CEB603', '2014-02-10', 'X-22'),
    ('trade', '1210', 'E', 'CEB303', '2014-08-01', 'X-22'),
    ('trade', '1210', 'E', 'CEB403', '2014-08-01', 'X-22; receipt assumed as for 9610'),
    ('trade', '1210', 'E', 'CEB505', '2014-08-01', 'X-22'),
    ('trade', '1210', 'E', 'CEB603', '2014-08-01', 'X-22'),
    ('trade', '9710', 'E', 'CEB303', '2020-07-01', 'X-22: no receipt document'),
    ('trade', '9710', 'E', 'CEB505', '2020-07-01', 'X-22'),
    ('trade', '9710', 'E', 'CEB603', '2020-07-01', 'X-22, X-23'),
    ('trade', '9810', 'E', 'CEB303', '2020-07-01', 'X-22: no receipt document'),
    ('trade', '9810', 'E', 'CEB505', '2020-07-01', 'X-22'),
    ('trade', '9810', 'E', 'CEB603', '2020-07-01', 'X-22, X-23'),
    ('trade', '9610', 'I', 'CEB311', '2016-04-08', 'section 6.6'),
    ('trade', '9610', 'I', 'CEB411', '2016-04-08', 'section 6.6'),
    ('trade', '9610', 'I', 'CEB511', '2016-04-08', 'section 6.6'),
    ('trade', '9610', 'I', 'CEB621', '2016-04-08', 'section 6.6, M-10'),
    ('trade', '1210', 'I', 'CEB311', '2016-04-08', 'section 6.6'),
    ('trade', '1210', 'I', 'CEB411', '2016-04-08', 'section 6.6'),
    ('trade', '1210', 'I', 'CEB511', '2016-04-08', 'section 6.6'),
    ('trade', '1210', 'I', 'CEB621', '2016-04-08', 'section 6.6, M-10'),
    ('void', '', 'E', 'CEB605', '2018-11-01', 'X-19: the list has its number'),
    ('void', '', 'I', 'CEB623', '2018-11-01', 'M-18: the list has its number'),
    ('departure', '', '', 'CEB607', '2018-11-01', 'X-14, X-15: each waybill is on a list'),
    ('departure', '', '', 'CEB507', '2018-11-01', 'X-16: once all is at the site'),
    ('departure', '', '', 'CEB509', '2018-11-01', 'X-16: once it has left'),
    ('entry', '', '', 'CEB711', '2018-11-01', 'section 6.6: direct purchase'),
    ('return', '', 'E', 'CEB213', '2022-05-01', 'X-27'),
    ('return', '', 'I', 'CEB625', '2018-11-01', 'M-19'),
    ('tally', '', '', 'CEB215', '2022-05-01', 'X-27'),
    ('status', '', '', 'CEB513', '2018-11-01', 'section 6.6: after delivery'),
    ('month', '', '', 'CEB701', '2018-11-01', 'X-20, X-21: the month before, in one application');
UPDATE hub.message_rule SET sums = 'CEB603', by_day = 15, source = source || ', by the 15th' WHERE what = 'month';

-- Limits of a trade mode; amounts in yuan.
ALTER TABLE hub.trade_mode_rule ADD max_value numeric;
UPDATE hub.trade_mode_rule SET max_value = 5000, source = source || '; X-23: a list up to 5000 yuan'
WHERE trade_mode IN ('9710', '9810');

-- Yuan for one unit of a currency, loaded by `landport rate import`; none are shipped, since they are facts of a day.
CREATE TABLE hub.exchange_rate (
    currency    text NOT NULL,
    valid_from  date NOT NULL,
    rate        numeric NOT NULL CHECK (rate > 0),
    source      text NOT NULL,
    kind        text NOT NULL DEFAULT 'customs', -- the customs rate, of a calendar month
    valid_until date CHECK (valid_until > valid_from), -- no more from that day on; NULL: until its month ends
    PRIMARY KEY (currency, kind, valid_from)
);
INSERT INTO hub.exchange_rate VALUES ('142', '1955-03-01', 1, 'itself', 'customs', 'infinity');

-- What counts on a day: of each currency the newest row not after it, unless that is over. A currency that is not there is
-- unknown: neither one nor zero, and no limit in yuan is kept or passed by it.
-- Source  agency-messages section 10: the customs rate of a month is asked about the day of the declaration
CREATE FUNCTION hub.exchange_rates(asked text, day date) RETURNS TABLE (currency text, rate numeric)
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT currency, rate
    FROM (SELECT DISTINCT ON (r.currency) r.currency, r.rate,
                 coalesce(r.valid_until, (date_trunc('month', r.valid_from) + interval '1 month')::date) AS valid_until
          FROM hub.exchange_rate r WHERE r.kind = asked AND r.valid_from <= day
          ORDER BY r.currency, r.valid_from DESC) r
    WHERE valid_until > day
$$;

-- Rates that trades wait for: what nobody knows of a currency, or of the beginning of an HS code. Which kind, which code; on which
-- business date they were asked about first (they are asked about the one at hand: hub.rates_arrived).
CREATE TABLE hub.missing_rate (
    trade_hash bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    kind       text NOT NULL,            -- customs; duty, vat, consumption; limit: no row of hub.import_limit
    code       text NOT NULL,            -- currency; HS code; import
    since      timestamptz NOT NULL,
    first_day  date NOT NULL,
    PRIMARY KEY (trade_hash, key_code, order_no, kind, code)
);
CREATE INDEX missing_rate_code ON hub.missing_rate (kind, code);

-- Trades to be judged anew although no batch touched them: reconcile takes them from here.
CREATE TABLE hub.touch_again (
    trade_hash bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    PRIMARY KEY (trade_hash, key_code, order_no)
);

-- What waits to be told, and what became of what was told ------------------------------------------

ALTER TABLE hub.ready
    ADD what text NOT NULL DEFAULT 'trade',      -- as in hub.message_rule; order_row is its row_id
    ADD held boolean NOT NULL DEFAULT false;     -- something else must come first: reconcile/held.sql
CREATE INDEX ready_held ON hub.ready (what) WHERE held;

ALTER TABLE hub.document
    ADD app_type   text NOT NULL DEFAULT '1',    -- 1 new, 2 change of what was not refused
    ADD source_row bigint,               -- row_id in the feed's own table, where it is of no trade's flows
    ADD content    bigint,               -- digest of what it says, where the rows do not decide
    ADD state      text CHECK (state IN ('progress', 'accepted', 'refused', 'withdrawn')), -- NULL: no answer
    ADD state_at   text,                 -- returnTime of the receipt that says so, 17 digits
    ADD receipt_id bigint,               -- that receipt
    ADD pre_no     text,                 -- numbers the agency gave
    ADD invt_no    text,
    ADD closed     boolean,              -- it is over there: hub.return_code.closes; else NULL, which takes no room
    ADD cop_guid   uuid,                 -- copNo is the beginning of this guid; NULL: of its own
    ADD told_pre_no  text,               -- numbers it names: those of the version it changes, as they were then known
    ADD told_invt_no text;
UPDATE hub.document SET app_type = '2' WHERE version > 1;

-- Import: what an order has beyond hub.trade_order and hub.order_item -------------------------------

CREATE TABLE hub.import_order (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,          -- the order's
    buyer_reg_no text NOT NULL, batch_numbers text, consignee_district text, assure_code text NOT NULL,
    ems_no text, area_code text, area_name text, license_no text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE TABLE hub.import_item (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    gnum       int NOT NULL,
    origin_country text NOT NULL, trade_country text, item_record_no text,
    PRIMARY KEY (row_id, gnum, trade_hash)
);
ALTER TABLE hub.payment ALTER ebc_code DROP NOT NULL;
ALTER TABLE hub.waybill ALTER pod DROP NOT NULL;

-- Feeds beside the three flows: one table a feed, its rows in one of their own. Keys as in hub.feed_key,
-- a return's are those of its order. Earlier versions are kept, as in the row tables of the flows.

-- Articles as they are declared.
CREATE TABLE hub.goods (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    ebc_code text NOT NULL, item_no text NOT NULL, gname text NOT NULL, gcode text NOT NULL,
    gmodel text NOT NULL, unit text NOT NULL, unit1 text NOT NULL, rate1 numeric NOT NULL, unit2 text,
    rate2 numeric, item_record_no text, ems_no text, iac_code text, iac_name text, note text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX goods_batch ON hub.goods USING brin (batch_id) WITH (pages_per_range = 32);

-- A transport and its waybills.
CREATE TABLE hub.departure (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, bill_no text NOT NULL,
    traf_mode text NOT NULL, traf_name text NOT NULL, voyage_no text NOT NULL,
    domestic_traf_no text NOT NULL, operator_code text NOT NULL, operator_name text NOT NULL,
    loct_no text, arrive_time text, leave_time text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX departure_batch ON hub.departure USING brin (batch_id) WITH (pages_per_range = 32);
CREATE TABLE hub.departure_item (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    gnum int NOT NULL, logistics_no text NOT NULL, total_package_no text, note text,
    PRIMARY KEY (row_id, gnum, trade_hash)
);

-- What came into a supervised site.
CREATE TABLE hub.entry (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    operator_code text NOT NULL, operator_name text NOT NULL, entry_no text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, traf_mode text NOT NULL,
    traf_no text NOT NULL, voyage_no text NOT NULL, bill_no text NOT NULL, unload_location text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX entry_batch ON hub.entry USING brin (batch_id) WITH (pages_per_range = 32);
CREATE TABLE hub.entry_item (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    gnum int NOT NULL, logistics_no text NOT NULL, note text,
    PRIMARY KEY (row_id, gnum, trade_hash)
);

-- Goods that come back.
CREATE TABLE hub.goods_return (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    part_key   text NOT NULL,            -- number of the return
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    ebp_code text NOT NULL, ebc_code text NOT NULL, return_no text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, logistics_no text NOT NULL,
    reason text NOT NULL, trade_mode text, traf_mode text, traf_name text, voyage_no text,
    bill_no text, port_code text, country text, loct_no text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX goods_return_batch ON hub.goods_return USING brin (batch_id) WITH (pages_per_range = 32);
CREATE TABLE hub.return_item (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    gnum int NOT NULL, qty numeric NOT NULL, qty1 numeric, qty2 numeric, note text,
    PRIMARY KEY (row_id, gnum, trade_hash)
);

CREATE TABLE hub.tally (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    operator_code text NOT NULL, operator_name text NOT NULL, tally_no text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, logistics_no text NOT NULL,
    invt_no text, bill_no text NOT NULL, traf_mode text NOT NULL, traf_name text NOT NULL,
    voyage_no text NOT NULL, location text, note text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX tally_batch ON hub.tally USING brin (batch_id) WITH (pages_per_range = 32);

CREATE TABLE hub.waybill_status (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, logistics_no text NOT NULL,
    logistics_status text NOT NULL, logistics_time text NOT NULL, note text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX waybill_status_batch ON hub.waybill_status USING brin (batch_id) WITH (pages_per_range = 32);

-- Whose lists of a month are to be summed up; trade_hash of consignor and month. Only lists that stand count, and while of one
-- nobody knows (hub.summary_open) its consignor's application waits, up to the day by which it must be told.
CREATE TABLE hub.summary (
    trade_hash bigint NOT NULL,
    row_id     bigint GENERATED ALWAYS AS IDENTITY,
    agency text NOT NULL, ebc_code text NOT NULL, month text NOT NULL, -- YYYYMM
    ebc_name text NOT NULL, lists bigint NOT NULL,  -- that stand, as far as was known
    state      text NOT NULL CHECK (state IN ('waiting', 'applied',
                   'none')),             -- no list of it stands
    PRIMARY KEY (trade_hash, agency, ebc_code, month)
);
CREATE INDEX summary_waiting ON hub.summary (agency, month) WHERE state = 'waiting';
CREATE TABLE hub.summary_open (
    trade_hash bigint NOT NULL,          -- the list's own, and its first guid
    guid       uuid NOT NULL,
    agency text NOT NULL, ebc_code text NOT NULL, month text NOT NULL,
    PRIMARY KEY (trade_hash, guid)
);

-- What became of a list and its changes: out (refused or withdrawn), stands, or NULL where nobody knows. Of a change that was
-- refused, or is not answered, what it changes stands.
CREATE FUNCTION hub.list_fate(withdrawn boolean, accepted boolean, open boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN withdrawn THEN 'out' WHEN accepted THEN 'stands' WHEN open IS NOT TRUE THEN 'out' END;
