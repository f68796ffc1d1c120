-- Two partners may report the same thing at the same time: one after the other, until the end of the
-- transaction, since no index says that a thing has one current row. Setting hub.rows
SET LOCAL lock_timeout = 0; -- the party's deadline ends it
SELECT pg_advisory_xact_lock(hashtextextended('hub.ingest.' || (SELECT current_setting('hub.rows')), 0));
