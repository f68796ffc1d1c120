-- quota: what persons have used of their year's limit.

-- Signed amounts in yuan, one after the other; the sum of a person's year is what was used. Nothing is ever changed here.
CREATE TABLE hub.quota_ledger (
    entry_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person     bytea NOT NULL,
    year       text NOT NULL,            -- YYYY, Beijing
    amount     numeric NOT NULL CHECK (amount <> 0),
    subject_hash bigint NOT NULL,
    guid       uuid NOT NULL,            -- of the list
    reason     text NOT NULL,            -- declared, or the list's state since
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX quota_ledger_person ON hub.quota_ledger (person, year);
CREATE INDEX quota_ledger_document ON hub.quota_ledger (subject_hash, guid);
