-- batch: files that came, what was wrong with them.

-- A data file of an upload: what became of it.
CREATE TABLE hub.batch (
    batch_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    party         text NOT NULL,
    name          text NOT NULL,          -- the remote file's
    size          bigint NOT NULL,
    mtime         bigint NOT NULL,
    file_id       text,                   -- sha256 of the file, its name in the spool; NULL: over its partner's limit, and not taken yet
    state         text NOT NULL DEFAULT 'received'
                  CHECK (state IN ('received', 'loaded', 'rejected', 'duplicate', 'held', 'discarded')),
    moved         boolean NOT NULL DEFAULT false,  -- the remote file is in done/
    received_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at   timestamptz,
    business_date text,                   -- of the bundle it will be in
    next_cutoff   timestamptz,
    feed          text,
    entry         text,                   -- name inside the archive
    charset       text,
    delimiter     text,
    rows          bigint,
    accepted      bigint,
    repeated      bigint,
    rejected      bigint,
    sums          jsonb NOT NULL DEFAULT '{}',
    duplicate_of  bigint REFERENCES hub.batch,
    attempts      int NOT NULL DEFAULT 0, -- parsing children that died over it
    replaces      bigint REFERENCES hub.batch, -- the upload that was taken before it was whole: this is all of it
    code          text,                   -- why it is held or rejected as a whole
    seen          text,
    want          text,
    notices       jsonb NOT NULL DEFAULT '[]', -- told beside its state: [{"code": "E3087", "seen": …, "want": …}]
    sheets        jsonb,                  -- of a workbook, those that gave rows: {"1": "name", …}
    reconciled    boolean NOT NULL DEFAULT false,
    archived      boolean NOT NULL DEFAULT false,
    lost          boolean NOT NULL DEFAULT false, -- its bytes are gone, and nobody waits for them any more
    overrides     text[] NOT NULL DEFAULT '{}',   -- codes of holds that a person has released: what they stand for is not asked again
    -- an upload may hold several data files, each a batch of its own
    part_of       bigint REFERENCES hub.batch,    -- the upload's first batch; NULL: it is that one
    item          int NOT NULL DEFAULT 0,         -- which data file of the upload, from 0
    files         int CHECK (files > 1),          -- how many it holds; NULL: one, or not known yet
    upload_id     bigint GENERATED ALWAYS AS (coalesce(part_of, batch_id)) STORED,
    CONSTRAINT batch_bytes CHECK (file_id IS NOT NULL OR state IN ('received', 'held', 'discarded'))
);
-- In the order of arrival: the data files of an upload before the next upload.
CREATE INDEX batch_open ON hub.batch (party, upload_id, item) WHERE state = 'received';
CREATE INDEX batch_party ON hub.batch (party, name);
CREATE INDEX batch_file ON hub.batch (file_id);
CREATE INDEX batch_unmoved ON hub.batch (party) WHERE NOT moved;
CREATE INDEX batch_unreconciled ON hub.batch (batch_id) WHERE state = 'loaded' AND NOT reconciled;
CREATE INDEX batch_held ON hub.batch (batch_id) WHERE state = 'held';
CREATE INDEX batch_last ON hub.batch (party, received_at);
CREATE INDEX batch_upload ON hub.batch (upload_id);
-- What points at a batch, so that one can be deleted without reading them all.
CREATE INDEX batch_duplicate_of ON hub.batch (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX batch_part_of ON hub.batch (part_of) WHERE part_of IS NOT NULL;

-- What was wrong with its rows.
CREATE TABLE hub.reject (
    batch_id    bigint NOT NULL REFERENCES hub.batch ON DELETE CASCADE,
    line        bigint NOT NULL,
    column_name text NOT NULL,   -- '' : the row as a whole
    code        text NOT NULL,   -- E2004 …, jobs/base/err.def
    seen        text,            -- never the value of a personal column
    want        text
);
CREATE INDEX reject_batch ON hub.reject (batch_id, line);

-- Faults of a file beyond those, only counted.
CREATE TABLE hub.reject_untold (
    batch_id    bigint NOT NULL REFERENCES hub.batch ON DELETE CASCADE,
    code        text NOT NULL,
    faults      bigint NOT NULL,
    PRIMARY KEY (batch_id, code)
);

-- Control totals of an upload, as said and as counted.
CREATE TABLE hub.totals (
    batch_id bigint PRIMARY KEY REFERENCES hub.batch ON DELETE CASCADE,
    said     text,   -- beside the file, by NAME.sum or its marker: "rows=120 amount=35000"
    fault    text,   -- why that cannot be read
    trailer  text,   -- by the file's trailer row
    counted  text    -- of its rows
);
