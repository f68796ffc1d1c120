-- bundle: bundles and their messages.

-- What an agency is sent at one time: its messages, a manifest and a signature.
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
    kinds         text[],                -- its agency's kinds in their order when it was begun, then when it took its documents
    lacks         jsonb NOT NULL DEFAULT '{}', -- kinds of its agency that could not be made, each with code and reason
    state         text NOT NULL DEFAULT 'begun' CHECK (state IN ('begun', 'open', 'closed', 'published')),
    documents     bigint,
    file_id       text,
    bytes         bigint,
    signature     bytea,
    seal          text NOT NULL DEFAULT '.p7s', -- what follows manifest.xml in its seal's name
    closed_at     timestamptz,
    offered_at    timestamptz,           -- since when its bytes may lie over there, proven or not; NULL: they never left the house
    published_at  timestamptz,
    proof         jsonb,                 -- bytes, sha256, host key, banner, time of the read-back
    archived      boolean NOT NULL DEFAULT false,
    answered      boolean NOT NULL DEFAULT false, -- each of its documents has an answer: what is overdue is in the few others
    UNIQUE (agency, seq)
);
CREATE INDEX bundle_open ON hub.bundle (bundle_id) WHERE state <> 'published';
CREATE INDEX bundle_unanswered ON hub.bundle (published_at) WHERE state = 'published' AND NOT answered;

-- Each delivery of a bundle; hub.bundle has the last.
CREATE TABLE hub.delivery (
    bundle_id    bigint NOT NULL REFERENCES hub.bundle,
    published_at timestamptz NOT NULL,
    proof        jsonb NOT NULL,
    PRIMARY KEY (bundle_id, published_at)
);

-- Of a bundle that goes out file by file and is under way: files that were read back over there. They may have been fetched since, and
-- are not sent again. A name with / at its end is the folder: all of it was read back and is being renamed.
CREATE TABLE hub.delivered_file (
    bundle_id bigint NOT NULL REFERENCES hub.bundle,
    name      text NOT NULL,
    PRIMARY KEY (bundle_id, name)
);

-- The messages of a bundle; which documents each holds says hub.message_span.
CREATE TABLE hub.message (
    bundle_id  bigint NOT NULL REFERENCES hub.bundle,
    kind       text NOT NULL,
    message_no int NOT NULL,
    guid       uuid NOT NULL,
    documents  int NOT NULL,
    name       text,
    bytes      bigint,
    sha256     text,
    signature  text,                     -- the element ds:Signature as it stands in the message: what was sent could not be made again
    PRIMARY KEY (bundle_id, kind, message_no)
);
CREATE INDEX message_guid ON hub.message (guid);

-- Amounts of a bundle's documents, for its manifest.
CREATE TABLE hub.bundle_sum (
    bundle_id bigint NOT NULL REFERENCES hub.bundle,
    kind      text NOT NULL,
    currency  text NOT NULL,
    amount    numeric NOT NULL,
    PRIMARY KEY (bundle_id, kind, currency)
);

-- Which version of an article a bundle was made with, so that it can be made again.
CREATE TABLE hub.bundle_goods (
    bundle_id bigint NOT NULL REFERENCES hub.bundle,
    issuer  text NOT NULL, number text NOT NULL,  -- of hub.goods: seller, article
    goods_row bigint NOT NULL,
    PRIMARY KEY (bundle_id, issuer, number)
);

-- The waybills of lists that stand for several, where a mode allows that: a list says their weights, packages and costs together.
CREATE TABLE hub.bundle_waybill (
    bundle_id   bigint NOT NULL,
    subject_hash  bigint NOT NULL,
    order_row   bigint NOT NULL,
    waybill_row bigint NOT NULL,
    PRIMARY KEY (subject_hash, bundle_id, order_row, waybill_row)
);
CREATE INDEX bundle_waybill_bundle ON hub.bundle_waybill (bundle_id);
