-- document: what waits to be told, what was told, and what became of it.

-- What an agency has not been told of, by subject: matched trades, voids, rows of feeds, reports. Filled by reconcile, which also takes back what
-- is no longer so, and emptied by declare.
CREATE TABLE hub.ready (
    agency     text NOT NULL,
    subject_hash bigint NOT NULL, issuer text NOT NULL, number text NOT NULL, -- the subject
    row_id     bigint NOT NULL,             -- the order as it was reconciled; else that of the row it is about
    what       text NOT NULL DEFAULT 'trade', -- as in hub.asked_message
    held       boolean NOT NULL DEFAULT false, -- something else must come first: reconcile/let_go.sql
    waits      boolean NOT NULL DEFAULT false -- held after a bundle took what of it could go: the rest waits for answers
);
CREATE INDEX ready_held ON hub.ready (what) WHERE held;
CREATE INDEX ready_report ON hub.ready (agency, what) WHERE what LIKE 'report %';

-- Each document of each bundle, and what its agency said of it.
CREATE TABLE hub.document (
    subject_hash bigint NOT NULL,
    guid       uuid NOT NULL,            -- stands for agency, kind, key, part and version
    bundle_id  bigint NOT NULL,
    kind       text NOT NULL,
    doc_no     int NOT NULL,             -- place in the bundle among its kind
    version    int NOT NULL,             -- 1: new (appType 1), later ones are changes (appType 2)
    first_guid uuid,                     -- of version 1, where this is a later one
    order_row bigint, payment_row bigint, waybill_row bigint,  -- row_id of what it was made from
    currency   text, amount numeric,     -- its part of the manifest's sums
    app_type   text NOT NULL DEFAULT '1', -- 1 new, 2 change of what was not refused
    source_row bigint,                   -- row_id in the feed's own table, where it is of no trade's flows
    content    bigint,                   -- digest of what it says, where the rows do not decide
    state      text CHECK (state IN ('progress',
                   'human',              -- the agency waits for somebody, or nobody here knows what it means for us
                   'accepted', 'refused', 'withdrawn')), -- NULL: no answer
    state_at   text,                     -- returnTime of the receipt that says so, 17 digits
    receipt_id bigint,                   -- that receipt
    pre_no     text,                     -- numbers the agency gave
    invt_no    text,
    closed     boolean,                  -- it is over there: hub.return_code.closes; else NULL, which takes no room
    cop_guid   uuid,                     -- copNo is the beginning of this guid; NULL: of its own
    told_pre_no text,                    -- numbers it names: those of the version it changes, as they were then known
    told_invt_no text,
    by_cop     boolean,                  -- its receipts name it by copNo, the beginning of the guid, or nobody knows how; NULL: by its keys
    resend     boolean NOT NULL DEFAULT false, -- somebody asked for it to go out once more: the next version, with the same appType, is that
    PRIMARY KEY (subject_hash, guid)
);
CREATE INDEX document_bundle ON hub.document USING brin (bundle_id) WITH (pages_per_range = 32);
-- A small one: those of a trade are found by its hash, and an index of all would be paid for every night.
CREATE INDEX document_cop ON hub.document (guid) WHERE by_cop;
-- Later versions that go by the copNo of an earlier one.
CREATE INDEX document_changed ON hub.document (cop_guid) WHERE cop_guid IS NOT NULL;
CREATE INDEX document_number ON hub.document (invt_no) WHERE invt_no IS NOT NULL;

-- Trades that have a document of hub.unsettled, or had it at the last receipt: where to look for them. Receipts put them in and take them out.
CREATE TABLE hub.attention (subject_hash bigint PRIMARY KEY);
