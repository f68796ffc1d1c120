-- report: what agencies are told of a period, a day, a month, a year.

-- What was said, in rows as they were made: a query that is run again later says what is known later. One row is one document; a
-- correction may take two, one that takes back and one that says it anew.
CREATE TABLE hub.report (
    subject_hash bigint NOT NULL,
    row_id     bigint GENERATED ALWAYS AS IDENTITY,
    agency text NOT NULL, kind text NOT NULL, period text NOT NULL,
    issuer text NOT NULL, number text NOT NULL, -- the subject: number ends with the period
    version    int NOT NULL,             -- of what is said of the subject; of a whole table that of the table
    part_no    int NOT NULL,             -- which of its documents: 0 the first
    takes_back boolean NOT NULL,         -- it says that what `said` has is no more
    app_type   text,                     -- 1 new, 3 void; NULL: as what the agency has of it asks for
    said       jsonb NOT NULL,
    digest     bigint NOT NULL,          -- of what is said: the same is not said again
    currency   text, amount numeric,     -- its part of the manifest's sums
    current    boolean NOT NULL,         -- of the newest version
    of_part    int,                      -- it presumes that of this part of its subject what of_row says stands over there, nothing where
    of_row     bigint,                   -- that is NULL; declare asks anew. of_part NULL: it presumes nothing
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX report_of_period ON hub.report (agency, kind, period);

-- Periods that were looked at.
CREATE TABLE hub.report_period (
    agency text NOT NULL, kind text NOT NULL, period text NOT NULL,
    unit       text NOT NULL,            -- day, month, quarter, half, year
    period_from date NOT NULL,
    looked_at  timestamptz,              -- NULL: never with success
    open       boolean NOT NULL,         -- something of it is in hub.report_open
    error      text,                     -- of the last look; NULL: it went well
    PRIMARY KEY (agency, kind, period)
);

-- Subjects of which something is not known: they wait, or a person should know what was left out.
CREATE TABLE hub.report_open (
    subject_hash bigint NOT NULL,
    agency text NOT NULL, kind text NOT NULL, period text NOT NULL,
    issuer text NOT NULL, number text NOT NULL,
    waits      boolean NOT NULL,         -- not told until that is known
    note       text,                     -- for people
    known      jsonb,                    -- what the query wants to know when it is asked next
    since      timestamptz NOT NULL,
    PRIMARY KEY (subject_hash, agency, kind, number)
);
CREATE INDEX report_open_period ON hub.report_open (agency, kind, period);
