-- archive: stored files.

-- Files as they came or went, once the spool need not have them any more.
CREATE TABLE hub.archive_file (
    file_id  text NOT NULL,              -- sha256 of the original
    chunk    int NOT NULL,
    bytes    bigint NOT NULL,            -- of this chunk before compression
    data     bytea NOT NULL,             -- one zstd frame, sealed as this chunk of this file (jobs/base/cipher.h)
    salt     bytea NOT NULL,             -- of the chunk's own key
    last     boolean NOT NULL,
    PRIMARY KEY (file_id, chunk)
);
-- The bytes are compressed already.
ALTER TABLE hub.archive_file ALTER data SET STORAGE EXTERNAL;

-- What the spool should have and has not, or not whole, until somebody has found it again (jobs/mend.h).
CREATE TABLE hub.damaged_file (
    file_id text PRIMARY KEY,
    party   text NOT NULL,               -- whose it is
    why     text NOT NULL,               -- what was found, and where it was looked for
    since   timestamptz NOT NULL
);
