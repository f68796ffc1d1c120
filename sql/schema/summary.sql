-- summary: months whose lists are summed up.

-- Whose lists of a month are to be summed up; subject_hash of consignor and month. Only lists that stand count, and while of one
-- nobody knows (hub.summary_open) its consignor's application waits, up to the day by which it must be told.
CREATE TABLE hub.summary (
    subject_hash bigint NOT NULL,
    row_id     bigint GENERATED ALWAYS AS IDENTITY,
    agency text NOT NULL, ebc_code text NOT NULL, month text NOT NULL, -- YYYYMM
    ebc_name text NOT NULL, lists bigint NOT NULL,  -- that stand, as far as was known
    state      text NOT NULL CHECK (state IN ('waiting', 'applied',
                   'none')),             -- no list of it stands
    PRIMARY KEY (subject_hash, agency, ebc_code, month)
);
CREATE INDEX summary_waiting ON hub.summary (agency, month) WHERE state = 'waiting';

CREATE TABLE hub.summary_open (
    subject_hash bigint NOT NULL,          -- the list's own, and its first guid
    guid       uuid NOT NULL,
    agency text NOT NULL, ebc_code text NOT NULL, month text NOT NULL,
    PRIMARY KEY (subject_hash, guid)
);
