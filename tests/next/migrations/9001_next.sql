-- 9001_next: of a version to come, for the test of upgrades: a column that is made of the rows that are there, one that a view shows.
-- Locks: hub.trade_order while it is written anew, hub.aside for an instant.
ALTER TABLE hub.trade_order ADD digits int;
UPDATE hub.trade_order SET digits = length(order_no);
ALTER TABLE hub.trade_order ALTER digits SET NOT NULL, ALTER digits SET DEFAULT 0;
ALTER TABLE hub.aside ADD colour text;
