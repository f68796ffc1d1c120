-- 0001_hub: the schema of the first night.
-- Locks: none, everything is new. Way back: DROP SCHEMA hub CASCADE.
-- The program runs each migration in one transaction with search_path = hub.

-- Keys -------------------------------------------------------------------------------------------

-- Who gave the order its number: the platform, or the seller where the platform has no code.
CREATE FUNCTION hub.key_code(ebp_code text, ebc_code text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ebp_code = '无' THEN ebc_code ELSE ebp_code END;

-- First column of every row table and its distribution column.
CREATE FUNCTION hub.trade_hash(key_code text, order_no text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended(key_code || E'\x1f' || order_no, 0);

-- A row's name: its file and line. Later rows have greater ones. A file has fewer than 2^32 lines.
CREATE FUNCTION hub.row_id(batch_id bigint, line bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN batch_id << 32 | line;

-- Identifiers sent to agencies: the same kind, key and version always give the same one. md5 because
-- it must be short, spread evenly and be cheap for millions; nobody's trust hangs on it.
CREATE FUNCTION hub.guid(zone text, agency text, kind text, key_code text, order_no text,
                         part_key text, version text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN md5(zone || E'\x1f' || agency || E'\x1f' || kind || E'\x1f' || key_code || E'\x1f'
               || order_no || E'\x1f' || part_key || E'\x1f' || version)::uuid;

-- A staging table's columns come from the feed's plan; its keys are added here.
CREATE FUNCTION hub.stage_keys(stage text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I
        ADD key_code text GENERATED ALWAYS AS (hub.key_code(ebp_code, ebc_code)) STORED,
        ADD trade_hash bigint GENERATED ALWAYS AS
            (hub.trade_hash(hub.key_code(ebp_code, ebc_code), order_no)) STORED', stage);
END $$;

-- A variant of a feed whose rows are written at once (lp:feed table) has its keys; it may lack columns
-- that the feed's statements name (hub.feed_spare, migration 0006).
CREATE FUNCTION hub.stage_spare(stage text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    spare text;
BEGIN
    FOR spare IN SELECT column_name FROM hub.feed_spare WHERE feed = substr(stage, length('stage_') + 1) LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS %I text', stage, spare);
    END LOOP;
END $$;

-- Rows of the batch at hand that were written at once are taken out of the feed's tables again: those
-- of stage_skip, or all. A thing stands at its first line. lines NULL: a thing is one row.
-- Setting hub.batch_id
CREATE FUNCTION hub.take_out(stage text, things text, lines text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := current_setting('hub.batch_id')::bigint;
    first text := CASE WHEN lines IS NULL THEN 'line' ELSE 'first_line' END;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM stage_skip) THEN
        RETURN;
    END IF;
    EXECUTE format('DELETE FROM hub.%I t USING %I s
        WHERE s.line IN (SELECT line FROM stage_skip) AND s.line = s.%I
          AND t.trade_hash = s.trade_hash AND t.row_id = hub.row_id($1, s.line)', things, stage, first) USING batch;
    IF lines IS NOT NULL THEN
        EXECUTE format('DELETE FROM hub.%I t USING %I s
            WHERE s.line IN (SELECT line FROM stage_skip)
              AND t.row_id = hub.row_id($1, s.first_line) AND t.line = s.line', lines, stage) USING batch;
    END IF;
END $$;
CREATE FUNCTION hub.take_out_all(things text, lines text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := current_setting('hub.batch_id')::bigint;
BEGIN
    EXECUTE format('DELETE FROM hub.%I WHERE batch_id = $1', things) USING batch;
    IF lines IS NOT NULL THEN
        EXECUTE format('DELETE FROM hub.%I WHERE row_id >= hub.row_id($1, 0) AND row_id < hub.row_id($1 + 1, 0)',
            lines) USING batch;
    END IF;
END $$;

-- Versions that parts of the batch at hand replace or void lose `current`. Looked up one by one from
-- stage_known, whatever the planner thinks of a table just filled: an archive is not read through for them.
CREATE FUNCTION hub.supersede(things text) RETURNS void
    LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    EXECUTE format('UPDATE hub.%I o SET current = false FROM stage_known k
        WHERE k.fate IN (''new'', ''change'', ''void'') AND o.trade_hash = k.trade_hash AND o.row_id = k.old_row', things);
END $$;

-- Control tables ---------------------------------------------------------------------------------

CREATE TABLE hub.job_run (
    run_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job           text NOT NULL,
    state         text NOT NULL DEFAULT 'running'
                  CHECK (state IN ('running', 'done', 'rejects', 'retry', 'failed', 'killed')),
    exit_code     int,
    pid           int NOT NULL,
    host          text NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at   timestamptz,
    counts        jsonb NOT NULL DEFAULT '{}',
    error         text,
    todo          text,                    -- what helps
    clock         timestamptz NOT NULL DEFAULT clock_timestamp(), -- the hub's own, when it began
    well          boolean NOT NULL DEFAULT false -- it went through: what went wrong was one party's (hub.visit)
);
CREATE INDEX job_run_job ON hub.job_run (job, run_id);

-- How each party's part of a job's last run ended.
CREATE TABLE hub.visit (
    job      text NOT NULL,
    party    text NOT NULL,
    outcome  text NOT NULL CHECK (outcome IN ('well',
             'away',             -- not served, or not wholly: its server's fault, or what is configured of it
             'broken')),         -- the hub's: what it left is not to be counted on
    error    text,
    code     text,
    ended_at timestamptz NOT NULL,
    since    timestamptz NOT NULL, -- the outcome has been the same from here on
    PRIMARY KEY (job, party)
);

CREATE TABLE hub.audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    who      text NOT NULL,
    what     text NOT NULL,      -- the command
    object   text NOT NULL,      -- what it was done to
    reason   text NOT NULL
);

-- What a drop box listing showed, so that a file counts as stable only when it stays the same.
CREATE TABLE hub.seen (
    party      text NOT NULL,
    name       text NOT NULL,
    size       bigint NOT NULL,
    mtime      bigint NOT NULL,
    since      timestamptz NOT NULL,  -- same size and mtime from here on
    failures   int NOT NULL DEFAULT 0, -- visits that could not take it
    PRIMARY KEY (party, name)
);

-- Who uploads under the name that is picked up: its files were seen growing.
CREATE TABLE hub.upload_habit (
    party      text PRIMARY KEY,
    times      bigint NOT NULL,
    last_at    timestamptz NOT NULL,
    last_name  text NOT NULL
);

CREATE TABLE hub.batch (
    batch_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    party         text NOT NULL,
    name          text NOT NULL,          -- the remote file's
    size          bigint NOT NULL,
    mtime         bigint NOT NULL,
    file_id       text NOT NULL,          -- sha256 of the file, its name in the spool
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
    lost          boolean NOT NULL DEFAULT false  -- its bytes are gone, and nobody waits for them any more
);
CREATE INDEX batch_open ON hub.batch (batch_id) WHERE state = 'received';
CREATE INDEX batch_party ON hub.batch (party, name);
CREATE INDEX batch_file ON hub.batch (file_id);
CREATE INDEX batch_unmoved ON hub.batch (party) WHERE NOT moved;
CREATE INDEX batch_unreconciled ON hub.batch (batch_id) WHERE state = 'loaded' AND NOT reconciled;

-- Files picked up lately, which are looked at again: nothing proves that their writers were done.
CREATE TABLE hub.watch (
    upload_id  bigint PRIMARY KEY REFERENCES hub.batch ON DELETE CASCADE,
    party      text NOT NULL,
    place      text,                     -- its path over there; NULL: in done/, under one of two names
    size       bigint NOT NULL,          -- as it was when it was read
    mtime      bigint NOT NULL,
    grew       boolean NOT NULL DEFAULT false,  -- it changed since: it is fetched back, to be read anew
    taken_at   timestamptz NOT NULL,
    look_at    timestamptz NOT NULL,
    until      timestamptz NOT NULL
);
CREATE INDEX watch_due ON hub.watch (party, look_at);

-- What lies in a drop box and can be nobody's upload. It is told once, as long as it lies there.
CREATE TABLE hub.odd (
    party      text NOT NULL,
    name_hash  text NOT NULL,            -- sha256 of its name as it is over there
    shown      text NOT NULL,            -- the name as far as it can be shown
    why        text NOT NULL CHECK (why IN ('charset', 'control', 'long', 'folder', 'link', 'special')),
    since      timestamptz NOT NULL,
    notice     text,                     -- name of the one that told of it; NULL: not told yet
    PRIMARY KEY (party, name_hash)
);

-- A name or text of somebody else's without what no message takes and no terminal should see: controls, and the
-- marks that change the direction of writing (span_hidden_control).
CREATE FUNCTION hub.plain(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(words, '[\u0001-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]', '_', 'g');

CREATE FUNCTION hub.batch_name(batch_id bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 'B' || lpad(batch_id::text, greatest(6, length(batch_id::text)), '0');

-- A line as its sender finds it: of a workbook's first sheet its row, of another "name!5" (jobs/records.h).
CREATE FUNCTION hub.line_place(sheets jsonb, line bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce((sheets ->> (line / 10000000)::text) || '!' || line % 10000000, line::text);

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

-- Files for a partner's out/.
CREATE TABLE hub.answer (
    answer_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id     bigint NOT NULL REFERENCES hub.batch,
    party        text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('ack', 'rejects', 'feedback', 'notice')),
    name         text NOT NULL,
    file_id      text NOT NULL,
    bytes        bigint NOT NULL,
    state        text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'published')),
    published_at timestamptz,
    proof        jsonb
);
CREATE INDEX answer_ready ON hub.answer (party, answer_id) WHERE state = 'ready';
CREATE INDEX answer_batch ON hub.answer (batch_id);
CREATE INDEX answer_file ON hub.answer (file_id);
CREATE INDEX answer_name ON hub.answer (party, lower(name));

CREATE TABLE hub.bundle (
    bundle_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency        text NOT NULL,
    seq           int NOT NULL,
    name          text NOT NULL UNIQUE,
    business_date text NOT NULL,
    app_time      text NOT NULL,         -- YYYYMMDDhhmmss, zone's time, of every document in it
    created_at    timestamptz NOT NULL,
    test          boolean NOT NULL,
    settings      jsonb NOT NULL,        -- what the extract queries were given
    kinds         text[],                -- its agency's kinds in their order when it took its documents; NULL: not yet
    state         text NOT NULL DEFAULT 'begun' CHECK (state IN ('begun', 'open', 'closed', 'published')),
    documents     bigint,
    file_id       text,
    bytes         bigint,
    signature     bytea,
    closed_at     timestamptz,
    published_at  timestamptz,
    proof         jsonb,                 -- bytes, sha256, host key, banner, time of the read-back
    archived      boolean NOT NULL DEFAULT false,
    UNIQUE (agency, seq)
);

CREATE TABLE hub.message (
    bundle_id  bigint NOT NULL REFERENCES hub.bundle,
    kind       text NOT NULL,
    message_no int NOT NULL,
    guid       uuid NOT NULL,
    documents  int NOT NULL,
    name       text,
    bytes      bigint,
    sha256     text,
    PRIMARY KEY (bundle_id, kind, message_no)
);

-- Amounts of a bundle's documents, for its manifest.
CREATE TABLE hub.bundle_sum (
    bundle_id bigint NOT NULL REFERENCES hub.bundle,
    kind      text NOT NULL,
    currency  text NOT NULL,
    amount    numeric NOT NULL,
    PRIMARY KEY (bundle_id, kind, currency)
);

CREATE TABLE hub.archive_file (
    file_id  text NOT NULL,              -- sha256 of the original
    chunk    int NOT NULL,
    bytes    bigint NOT NULL,            -- of this chunk before compression
    data     bytea NOT NULL,             -- one zstd frame, sealed as this chunk of this file (jobs/base/cipher.h)
    salt     bytea NOT NULL,             -- of the chunk's own key
    last     boolean NOT NULL,
    PRIMARY KEY (file_id, chunk)
);
-- What the spool should have and has not, or not whole, until somebody has found it again (jobs/mend.h).
CREATE TABLE hub.damaged_file (
    file_id text PRIMARY KEY,
    party   text NOT NULL,               -- whose it is
    why     text NOT NULL,               -- what was found, and where it was looked for
    since   timestamptz NOT NULL
);
-- The bytes are compressed already.
ALTER TABLE hub.archive_file ALTER data SET STORAGE EXTERNAL;

-- What a trade mode asks for; the newest row not after the business date counts.
CREATE TABLE hub.trade_mode_rule (
    trade_mode    text NOT NULL,
    valid_from    date NOT NULL,
    needs_payment boolean NOT NULL,
    one_waybill   boolean NOT NULL,
    source        text NOT NULL,
    PRIMARY KEY (trade_mode, valid_from)
);
INSERT INTO hub.trade_mode_rule VALUES
    ('9610', '2014-02-10', true,  true,  'GACC 2014-12: order, receipt, waybill and one inventory list'),
    ('1210', '2014-08-01', true,  true,  'GACC 2014-57; receipt assumed as for 9610'),
    ('9710', '2020-07-01', false, false, 'GACC 2020-75: no receipt document'),
    ('9810', '2020-07-01', false, false, 'GACC 2020-75: no receipt document');

-- A night's load can outgrow what the planner knows before autovacuum wakes up.
CREATE FUNCTION hub.refresh_statistics() RETURNS void
    LANGUAGE plpgsql SET default_statistics_target = 10 AS $$
DECLARE
    t regclass;
BEGIN
    FOR t IN SELECT s.relid FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
             WHERE s.schemaname = 'hub' AND s.n_mod_since_analyze > 1000 + 0.1 * greatest(c.reltuples, 0)
             ORDER BY s.relid LOOP
        EXECUTE format('ANALYZE %s', t);
    END LOOP;
END $$;

-- Row tables: distributed by trade_hash, which leads every key. Earlier versions of a thing are kept;
-- the one that counts is `current`, at most one a thing (ingest/versions.sql holds a lock for it).
-- Rows point at each other by (trade_hash, row_id): two integers, since keys of text made the joins
-- of a night and their indexes twice as slow.

CREATE TABLE hub.trade_order (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,          -- of its first line
    key_code text NOT NULL, order_no text NOT NULL,
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,          -- of all its rows' content
    app_type   text NOT NULL,            -- 3: void
    ebp_code text NOT NULL, ebp_name text NOT NULL, ebc_code text NOT NULL, ebc_name text NOT NULL,
    order_type text NOT NULL, trade_mode text NOT NULL, order_time text NOT NULL,
    goods_value numeric NOT NULL, freight numeric NOT NULL, discount numeric, tax_total numeric,
    currency text NOT NULL,
    buyer_name text, buyer_id_type text, buyer_id_number text, buyer_telephone text,
    consignee text, consignee_telephone text, consignee_address text,
    country text NOT NULL, note text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX trade_order_batch ON hub.trade_order USING brin (batch_id) WITH (pages_per_range = 32);

CREATE TABLE hub.order_item (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,          -- the order's
    gnum       bigint NOT NULL,
    line       bigint NOT NULL,
    item_no text NOT NULL, item_name text NOT NULL, item_describe text, bar_code text,
    unit text NOT NULL, qty numeric NOT NULL, price numeric NOT NULL, total_price numeric NOT NULL,
    gcode text NOT NULL, gname text, gmodel text NOT NULL,
    qty1 numeric NOT NULL, unit1 text NOT NULL, qty2 numeric, unit2 text
);
-- Rows come in this order. Not unique: a file's rows are written before it is known which are refused.
CREATE INDEX order_item_order ON hub.order_item (row_id, gnum);

CREATE TABLE hub.payment (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    part_key   text NOT NULL,            -- institution / payment number
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    pay_code text, pay_name text NOT NULL, pay_no text NOT NULL,
    ebp_code text NOT NULL, ebp_name text, ebc_code text NOT NULL, ebc_name text,
    charge numeric NOT NULL, currency text NOT NULL, accounting_date text NOT NULL,
    payer_name text, payer_id_type text, payer_id_number text, telephone text, note text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX payment_batch ON hub.payment USING brin (batch_id) WITH (pages_per_range = 32);
CREATE INDEX payment_part ON hub.payment USING hash (part_key);

CREATE TABLE hub.waybill (
    trade_hash bigint NOT NULL,
    row_id     bigint NOT NULL,
    key_code text NOT NULL, order_no text NOT NULL,
    part_key   text NOT NULL,            -- carrier / waybill number
    current    boolean NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    digest     bigint NOT NULL,
    app_type   text NOT NULL,
    logistics_code text NOT NULL, logistics_name text NOT NULL, logistics_no text NOT NULL,
    ebp_code text NOT NULL, ebc_code text, ebc_name text, ebc_telephone text,
    freight numeric NOT NULL, insured_fee numeric NOT NULL, currency text NOT NULL,
    gross_weight numeric NOT NULL, net_weight numeric NOT NULL, pack_no bigint NOT NULL,
    goods_info text NOT NULL, ie_date text NOT NULL, port_code text NOT NULL, country text NOT NULL,
    pod text NOT NULL, traf_mode text NOT NULL, traf_name text, voyage_no text, bill_no text,
    total_package_no text, wrap_type text NOT NULL, loct_no text,
    consignee text, consignee_telephone text, consignee_address text, note text,
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX waybill_batch ON hub.waybill USING brin (batch_id) WITH (pages_per_range = 32);
CREATE INDEX waybill_part ON hub.waybill USING hash (part_key);

CREATE TABLE hub.trade (
    trade_hash bigint NOT NULL, key_code text NOT NULL, order_no text NOT NULL,
    verdict     text NOT NULL CHECK (verdict IN ('matched', 'waiting', 'broken', 'overdue', 'void')),
    waiting_for text[] NOT NULL DEFAULT '{}',   -- order, payment, logistics
    since       timestamptz NOT NULL,           -- of this verdict
    checked_at  timestamptz NOT NULL,
    PRIMARY KEY (trade_hash, key_code, order_no)
);
CREATE INDEX trade_waiting ON hub.trade (since) WHERE verdict = 'waiting';

CREATE TABLE hub.trade_break (
    trade_hash bigint NOT NULL, key_code text NOT NULL, order_no text NOT NULL,
    code text NOT NULL,                  -- E5002 …
    seen text NOT NULL,
    want text NOT NULL
);
CREATE INDEX trade_break_trade ON hub.trade_break (trade_hash, key_code, order_no);

-- Matched trades that an agency has not been told of; filled by reconcile, which also takes back what
-- is no longer matched, and emptied by declare.
CREATE TABLE hub.ready (
    agency     text NOT NULL,
    trade_hash bigint NOT NULL, key_code text NOT NULL, order_no text NOT NULL,
    order_row  bigint NOT NULL           -- the order as it was reconciled
);

CREATE TABLE hub.document (
    trade_hash bigint NOT NULL,
    guid       uuid NOT NULL,            -- stands for agency, kind, key, part and version
    bundle_id  bigint NOT NULL,
    kind       text NOT NULL,
    doc_no     int NOT NULL,             -- place in the bundle among its kind
    version    int NOT NULL,             -- 1: new (appType 1), later ones are changes (appType 2)
    first_guid uuid,                     -- of version 1, where this is a later one
    order_row bigint, payment_row bigint, waybill_row bigint,  -- row_id of what it was made from
    currency   text, amount numeric,     -- its part of the manifest's sums
    PRIMARY KEY (trade_hash, guid)
);
CREATE INDEX document_bundle ON hub.document USING brin (bundle_id) WITH (pages_per_range = 32);
