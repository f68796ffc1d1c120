-- hub: the schema, its version, and what init has put into it.

CREATE SCHEMA IF NOT EXISTS hub;

-- Which versions it was at, and when; the highest counts. A database that was made at once has that one alone.
CREATE TABLE hub.migration (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- What `landport init` put in beside the tables: rows of files, by the file's name, and `functions`.
CREATE TABLE hub.installed (
    name    text PRIMARY KEY,
    content text NOT NULL,               -- the file as it was read; of functions the digest of those that the program brought
    state   text,                        -- of functions: digest of what the database then had
    at      timestamptz NOT NULL DEFAULT now()
);
