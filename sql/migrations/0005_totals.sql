-- 0005_totals: control totals of an upload, as said and as counted.
-- Locks: hub.batch for an instant (foreign key). Way back: DROP TABLE hub.totals.

CREATE TABLE hub.totals (
    batch_id bigint PRIMARY KEY REFERENCES hub.batch ON DELETE CASCADE,
    said     text,   -- beside the file, by NAME.sum or its marker: "rows=120 amount=35000"
    fault    text,   -- why that cannot be read
    trailer  text,   -- by the file's trailer row
    counted  text    -- of its rows
);
