-- feed: what the hub knows of feeds beside their XSDs.

-- Variants of a feed whose rows are of one direction of trade only.
CREATE TABLE hub.feed_direction (
    feed    text PRIMARY KEY,
    ie_flag text NOT NULL CHECK (ie_flag IN ('E', 'I'))
);
COMMENT ON TABLE hub.feed_direction IS 'rows of files';

-- Which feed the rows of a table come from, as what they are told, whether they are lines of a thing, and whether what is told of them is
-- held at first (reconcile/let_go.sql lets go). Of tables that landport init makes it puts the row in.
CREATE TABLE hub.feed_table (
    table_name text PRIMARY KEY,
    feed       text NOT NULL,
    what       text NOT NULL,            -- as in hub.asked_message
    lines      boolean NOT NULL,
    held       boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE hub.feed_table IS 'rows of files';

-- Who gives numbers, by the feed that named them. A number alone says not whose it is, and the row
-- tables are found by hashes of both: with the few issuers known, a number is a few look-ups instead
-- of an index on millions of texts. Each feed has rows of its own, so that two never wait for each
-- other; within a feed ingest/lock.sql lets in one at a time.
CREATE TABLE hub.known_issuer (
    feed    text NOT NULL,
    numbers text NOT NULL CHECK (numbers IN ('number', 'part')),  -- part: of a payment, a waybill
    code    text NOT NULL,               -- issuer, or what stands before the number in part_key
    PRIMARY KEY (feed, numbers, code)
);
