-- feed: what the hub knows of feeds beside their XSDs.

-- What a row of a feed that is not about an order is named by: who gave the number, and the number.
CREATE TABLE hub.feed_key (
    feed   text PRIMARY KEY,
    issuer text NOT NULL,                -- columns of the feed
    number text NOT NULL
);
COMMENT ON TABLE hub.feed_key IS 'rows of files';

-- Columns a feed's statements name and a variant of it (lp:feed rows) does not have.
CREATE TABLE hub.feed_spare (
    feed        text NOT NULL,
    column_name text NOT NULL,
    PRIMARY KEY (feed, column_name)
);
COMMENT ON TABLE hub.feed_spare IS 'rows of files';

-- Variants of a feed whose rows are of one direction of trade only.
CREATE TABLE hub.feed_direction (
    feed    text PRIMARY KEY,
    ie_flag text NOT NULL CHECK (ie_flag IN ('E', 'I'))
);
COMMENT ON TABLE hub.feed_direction IS 'rows of files';

-- Which feed the rows of a table come from, as what they are told, and whether they are lines of a thing.
CREATE TABLE hub.feed_table (
    table_name text PRIMARY KEY,
    feed       text NOT NULL,
    what       text NOT NULL,            -- as in hub.message_rule
    lines      boolean NOT NULL
);
COMMENT ON TABLE hub.feed_table IS 'rows of files';

-- Who gives numbers, by the feed that named them. A number alone says not whose it is, and the row
-- tables are found by hashes of both: with the few issuers known, a number is a few look-ups instead
-- of an index on millions of texts. Each feed has rows of its own, so that two never wait for each
-- other; within a feed ingest/versions.sql lets in one at a time.
CREATE TABLE hub.known_issuer (
    feed    text NOT NULL,
    numbers text NOT NULL CHECK (numbers IN ('order', 'part')),  -- part: payment, waybill
    code    text NOT NULL,               -- issuer, or what stands before the number in part_key
    PRIMARY KEY (feed, numbers, code)
);
