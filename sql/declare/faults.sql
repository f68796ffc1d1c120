-- What could not be written: a document, or (doc_no NULL) all of a kind.
DROP TABLE IF EXISTS faults;
CREATE TEMP TABLE faults (kind text NOT NULL, doc_no int, code text NOT NULL, reason text NOT NULL)
