-- 0002_find: what status and trace ask for without reading the big tables.
-- Locks: hub.trade, hub.batch while their indexes are made. Way back: DROP TABLE hub.issuer, the
-- indexes below, and make trade_waiting again as in 0001.

-- Who gives numbers, by the feed that named them. A number alone says not whose it is, and the row
-- tables are found by hashes of both: with the few issuers known, a number is a few look-ups instead
-- of an index on millions of texts. Each feed has rows of its own, so that two never wait for each
-- other; within a feed ingest/versions.sql lets in one at a time.
CREATE TABLE hub.issuer (
    feed    text NOT NULL,
    numbers text NOT NULL CHECK (numbers IN ('order', 'part')),  -- part: payment, waybill
    code    text NOT NULL,               -- key_code, or what stands before the number in part_key
    PRIMARY KEY (feed, numbers, code)
);
INSERT INTO hub.issuer
SELECT DISTINCT 'order', 'order', key_code FROM hub.trade_order
UNION SELECT 'payment', 'order', key_code FROM hub.payment
UNION SELECT 'logistics', 'order', key_code FROM hub.waybill
UNION SELECT 'payment', 'part', coalesce(pay_code, pay_name) FROM hub.payment
UNION SELECT 'logistics', 'part', logistics_code FROM hub.waybill;

-- Trades nobody has matched yet: few, whatever the archive holds.
DROP INDEX hub.trade_waiting;
CREATE INDEX trade_open ON hub.trade (verdict, since) WHERE verdict <> 'matched';

CREATE INDEX batch_held ON hub.batch (batch_id) WHERE state = 'held';
CREATE INDEX batch_last ON hub.batch (party, received_at);
CREATE INDEX bundle_open ON hub.bundle (bundle_id) WHERE state <> 'published';
