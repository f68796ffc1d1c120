-- flow: the three flows, an order's lines, and what an import has beyond them.
-- Row tables are distributed by subject_hash, which leads every key. Earlier versions of a thing are kept; the one that counts is
-- `current`, at most one a thing (ingest/versions.sql holds a lock for it). Rows point at each other by (subject_hash, row_id): two
-- integers, since keys of text made the joins of a night and their indexes twice as slow. hub.row_id, hub.subject_hash: functions/key.sql.

CREATE TABLE hub.trade_order (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,          -- of its first line
    issuer text NOT NULL, order_no text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,          -- of all its rows' content
    app_type   text NOT NULL,            -- 3: void
    ebp_code text NOT NULL, ebp_name text NOT NULL, ebc_code text NOT NULL, ebc_name text NOT NULL,
    order_type text NOT NULL, trade_mode text NOT NULL, order_time text NOT NULL,
    goods_value numeric NOT NULL, freight numeric NOT NULL, discount numeric, tax_total numeric,
    currency text NOT NULL,
    buyer_name text, buyer_id_type text, buyer_id_number text, buyer_telephone text,
    consignee text, consignee_telephone text, consignee_address text,
    country text NOT NULL, note text,
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX trade_order_batch ON hub.trade_order USING brin (batch_id) WITH (pages_per_range = 32);
COMMENT ON COLUMN hub.trade_order.buyer_name IS 'sealed';
COMMENT ON COLUMN hub.trade_order.buyer_id_number IS 'sealed';
COMMENT ON COLUMN hub.trade_order.buyer_telephone IS 'sealed';
COMMENT ON COLUMN hub.trade_order.consignee IS 'sealed';
COMMENT ON COLUMN hub.trade_order.consignee_telephone IS 'sealed';
COMMENT ON COLUMN hub.trade_order.consignee_address IS 'sealed';

CREATE TABLE hub.order_item (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,          -- the order's
    gnum       bigint NOT NULL,
    line       bigint NOT NULL,
    item_no text NOT NULL, item_name text NOT NULL, item_describe text, bar_code text,
    unit text NOT NULL, qty numeric NOT NULL, price numeric NOT NULL, total_price numeric NOT NULL,
    gcode text NOT NULL, gname text, gmodel text NOT NULL,
    qty1 numeric NOT NULL, unit1 text NOT NULL, qty2 numeric, unit2 text
);
-- Rows come in this order. Not unique: a file's rows are written before it is known which are refused.
CREATE INDEX order_item_order ON hub.order_item (row_id, gnum);

-- What an order of an import has beyond hub.trade_order and hub.order_item.
CREATE TABLE hub.import_order (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,          -- the order's
    buyer_reg_no text NOT NULL, batch_numbers text, consignee_district text, assure_code text NOT NULL,
    ems_no text, area_code text, area_name text, license_no text,
    PRIMARY KEY (subject_hash, row_id)
);
COMMENT ON COLUMN hub.import_order.buyer_reg_no IS 'sealed';

CREATE TABLE hub.import_item (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    gnum       int NOT NULL,
    origin_country text NOT NULL, trade_country text, item_record_no text,
    PRIMARY KEY (row_id, gnum, subject_hash)
);

CREATE TABLE hub.payment (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    issuer text NOT NULL, order_no text NOT NULL,
    part_key   text NOT NULL,            -- institution / payment number
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    pay_code text, pay_name text NOT NULL, pay_no text NOT NULL,
    ebp_code text NOT NULL, ebp_name text, ebc_code text, ebc_name text,
    charge numeric NOT NULL, currency text NOT NULL, accounting_date text NOT NULL,
    payer_name text, payer_id_type text, payer_id_number text, telephone text, note text,
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX payment_batch ON hub.payment USING brin (batch_id) WITH (pages_per_range = 32);
-- Numbers of payments and waybills, by an index that bears many of one number: a hash index goes through all entries of a number to
-- add one more, and a file in which 150,000 payments had the number 0 took 10 s, twice as many four times as long.
CREATE INDEX payment_part ON hub.payment (hashtextextended(part_key, 0));
COMMENT ON COLUMN hub.payment.payer_name IS 'sealed';
COMMENT ON COLUMN hub.payment.payer_id_number IS 'sealed';
COMMENT ON COLUMN hub.payment.telephone IS 'sealed';

CREATE TABLE hub.waybill (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    issuer text NOT NULL, order_no text NOT NULL,
    part_key   text NOT NULL,            -- carrier / waybill number
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, logistics_no text NOT NULL,
    ebp_code text NOT NULL, ebc_code text, ebc_name text, ebc_telephone text,
    freight numeric NOT NULL, insured_fee numeric NOT NULL, currency text NOT NULL,
    gross_weight numeric NOT NULL, net_weight numeric NOT NULL, pack_no bigint NOT NULL,
    goods_info text NOT NULL, ie_date text NOT NULL, port_code text NOT NULL, country text NOT NULL,
    pod text, traf_mode text NOT NULL, traf_name text, voyage_no text, bill_no text,
    total_package_no text, wrap_type text NOT NULL, loct_no text,
    consignee text, consignee_telephone text, consignee_address text, note text,
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX waybill_batch ON hub.waybill USING brin (batch_id) WITH (pages_per_range = 32);
CREATE INDEX waybill_part ON hub.waybill (hashtextextended(part_key, 0));
COMMENT ON COLUMN hub.waybill.consignee IS 'sealed';
COMMENT ON COLUMN hub.waybill.consignee_telephone IS 'sealed';
COMMENT ON COLUMN hub.waybill.consignee_address IS 'sealed';
