-- 0022_attention: status counts the documents somebody must look at, not all that were ever refused.
-- Locks: hub.document while its index is dropped; that index is read once. Way back: DROP VIEW hub.unsettled; DROP TABLE
-- hub.attention; hub.document_attention of 0010.

-- What an agency refused, or waits for a person there, and no later version takes the place of.
CREATE VIEW hub.unsettled AS
SELECT d.trade_hash, d.guid, d.kind, d.state
FROM hub.document d
WHERE d.state IN ('human', 'refused')
  AND NOT EXISTS (SELECT 1 FROM hub.document n
                  WHERE n.trade_hash = d.trade_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version);

-- Trades that have such a document, or had it at the last receipt: where to look for them. Receipts put them in and take them out.
CREATE TABLE hub.attention (trade_hash bigint PRIMARY KEY);
INSERT INTO hub.attention SELECT DISTINCT trade_hash FROM hub.unsettled;

DROP INDEX hub.document_attention;
