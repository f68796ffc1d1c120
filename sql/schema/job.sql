-- job: runs, visits, who did what, numbers given.

-- Each run of a job.
CREATE TABLE hub.job_run (
    run_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job           text NOT NULL,
    state         text NOT NULL DEFAULT 'running'
                  CHECK (state IN ('running', 'done', 'rejects', 'retry', 'failed', 'killed')),
    exit_code     int,
    pid           int NOT NULL,
    host          text NOT NULL,
    system        text NOT NULL,           -- what the process runs in, and
    born          bigint NOT NULL,         -- when it began there (jobs/base/process.h)
    started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at   timestamptz,
    counts        jsonb NOT NULL DEFAULT '{}',
    error         text,
    todo          text,                    -- what helps
    clock         timestamptz NOT NULL DEFAULT clock_timestamp(), -- the hub's own, when it began
    well          boolean NOT NULL DEFAULT false -- it went through: what went wrong was one party's (hub.visit)
);
CREATE INDEX job_run_job ON hub.job_run (job, run_id);

-- How each party's part of a job last ended, and whether a run is at it now. A row is begun under the part's lock (jobs/lock.h).
CREATE TABLE hub.visit (
    job      text NOT NULL,
    party    text NOT NULL,
    run_id   bigint NOT NULL,         -- the last that began one
    at_work  boolean NOT NULL,        -- it has not said yet how that ended: it is at it, or was killed
    outcome  text CHECK (outcome IN ('well',
             'away',             -- not served, or not wholly: its server's fault, or what is configured of it
             'broken')),         -- the hub's: what it left is not to be counted on
    error    text,
    code     text,
    ended_at timestamptz,
    since    timestamptz,        -- the outcome has been the same from here on
    PRIMARY KEY (job, party)
);

-- What a person did, and why. Only ever added to.
CREATE TABLE hub.audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    who      text NOT NULL,
    what     text NOT NULL,      -- the command
    object   text NOT NULL,      -- what it was done to
    reason   text NOT NULL
);

-- Numbers that were given by a database in whose place a backup was put: none of them, nor any before it, is given again. A bundle that this database does not have is still the one before the next.
CREATE TABLE hub.given (
    what    text NOT NULL CHECK (what IN ('batch', 'bundle', 'run')),
    agency  text NOT NULL,               -- of a bundle; else ''
    number  bigint NOT NULL,
    name    text,                        -- of a bundle
    file_id text,                        -- its sha256
    PRIMARY KEY (what, agency, number)
);
