-- pickup: what lies in drop boxes.

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
