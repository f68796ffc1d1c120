-- aside: documents that could not be written, or whose message could not be made; all others go without them.

-- `aside` waits for a person or a corrected row, `waiting` for its kind: the next bundle takes it again. `dropped` waits for a corrected
-- row alone, unless a person thinks better of it.
CREATE TABLE hub.aside (
    subject_hash bigint NOT NULL,
    aside_id   bigint GENERATED ALWAYS AS IDENTITY,
    agency     text NOT NULL,
    kind       text NOT NULL,
    bundle_id  bigint NOT NULL,          -- it was to be in
    what text NOT NULL, issuer text NOT NULL, number text NOT NULL, row_id bigint, -- what becomes ready again
    first_guid uuid,                     -- of the document's first version; NULL: documents were not made
    order_row bigint, payment_row bigint, waybill_row bigint, source_row bigint,       -- as in hub.document
    state      text NOT NULL CHECK (state IN (
                   'aside', 'waiting',
                   'again',              -- a person sent it into the next bundle
                   'dropped',            -- a person gave it up, as long as its rows are what they are
                   'written',            -- a later bundle has it
                   'replaced')),         -- what it was made from is no more, or a later attempt has a line of its own
    code       text NOT NULL,            -- E1014 …
    reason     text NOT NULL,
    since      timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (subject_hash, aside_id)
);
CREATE INDEX aside_open ON hub.aside (agency, aside_id) WHERE state IN ('aside', 'waiting', 'dropped');
