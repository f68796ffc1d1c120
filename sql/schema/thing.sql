-- thing: feeds beside the three flows, one table a feed, lines of a thing in one of their own. Named by what their XSDs mark lp:issuer and
-- lp:number; a return is its order's, and a part of it. Earlier versions are kept, as in the row tables of the flows; lines are not
-- unique, since a file's rows are written before it is known which are refused. Tables of other feeds landport init makes
-- (init/feeds.sql): hub.rows_<feed> and hub.lines_<feed>; no table here begins so.

-- Articles as they are declared.
CREATE TABLE hub.goods (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    issuer text NOT NULL, number text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    ebc_code text NOT NULL, item_no text NOT NULL, gname text NOT NULL, gcode text NOT NULL,
    gmodel text NOT NULL, unit text NOT NULL, unit1 text NOT NULL, rate1 numeric NOT NULL, unit2 text,
    rate2 numeric, item_record_no text, ems_no text, iac_code text, iac_name text, note text,
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX goods_batch ON hub.goods USING brin (batch_id) WITH (pages_per_range = 32);

-- A transport and its waybills.
CREATE TABLE hub.departure (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    issuer text NOT NULL, number text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, bill_no text NOT NULL,
    traf_mode text NOT NULL, traf_name text NOT NULL, voyage_no text NOT NULL,
    domestic_traf_no text NOT NULL, operator_code text NOT NULL, operator_name text NOT NULL,
    loct_no text, arrive_time text, leave_time text,
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX departure_batch ON hub.departure USING brin (batch_id) WITH (pages_per_range = 32);

CREATE TABLE hub.departure_item (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    gnum bigint NOT NULL,
    line       bigint NOT NULL,
    logistics_no text NOT NULL, total_package_no text, note text
);
CREATE INDEX departure_item_row ON hub.departure_item (row_id, gnum);

-- What came into a supervised site.
CREATE TABLE hub.entry (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    issuer text NOT NULL, number text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    operator_code text NOT NULL, operator_name text NOT NULL, entry_no text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, traf_mode text NOT NULL,
    traf_no text NOT NULL, voyage_no text NOT NULL, bill_no text NOT NULL, unload_location text,
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX entry_batch ON hub.entry USING brin (batch_id) WITH (pages_per_range = 32);

CREATE TABLE hub.entry_item (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    gnum bigint NOT NULL,
    line       bigint NOT NULL,
    logistics_no text NOT NULL, note text
);
CREATE INDEX entry_item_row ON hub.entry_item (row_id, gnum);

-- Goods that come back.
CREATE TABLE hub.goods_return (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    issuer text NOT NULL, order_no text NOT NULL,
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
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX goods_return_batch ON hub.goods_return USING brin (batch_id) WITH (pages_per_range = 32);

CREATE TABLE hub.return_item (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    gnum bigint NOT NULL,
    line       bigint NOT NULL,
    qty numeric NOT NULL, qty1 numeric, qty2 numeric, note text
);
CREATE INDEX return_item_row ON hub.return_item (row_id, gnum);

-- Returns that were taken before their order, and cannot go as it is: none, or without such a line, or with less of it, or it went to
-- another country. reconcile/let_go.sql looks at them each time; their partners are told.
CREATE TABLE hub.return_wait (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,          -- of hub.goods_return
    issuer text NOT NULL, order_no text NOT NULL, part_key text NOT NULL,
    party      text NOT NULL,
    code text NOT NULL, seen text NOT NULL, want text NOT NULL,
    since      timestamptz NOT NULL,
    notice     text,                     -- name of the one that told of it; NULL: not told yet
    PRIMARY KEY (subject_hash, row_id)
);

CREATE TABLE hub.tally (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    issuer text NOT NULL, number text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    operator_code text NOT NULL, operator_name text NOT NULL, tally_no text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, logistics_no text NOT NULL,
    invt_no text, bill_no text NOT NULL, traf_mode text NOT NULL, traf_name text NOT NULL,
    voyage_no text NOT NULL, location text, note text,
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX tally_batch ON hub.tally USING brin (batch_id) WITH (pages_per_range = 32);

CREATE TABLE hub.waybill_status (
    subject_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    issuer text NOT NULL, number text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, logistics_no text NOT NULL,
    logistics_status text NOT NULL, logistics_time text NOT NULL, note text,
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX waybill_status_batch ON hub.waybill_status USING brin (batch_id) WITH (pages_per_range = 32);
