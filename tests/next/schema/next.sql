-- next: what 9001_next comes to in a database that is new.
ALTER TABLE hub.trade_order ADD digits int NOT NULL DEFAULT 0;
ALTER TABLE hub.aside ADD colour text;
