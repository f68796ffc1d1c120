-- 0004_upload: an upload may hold several data files, each a batch of its own.
-- Locks: ACCESS EXCLUSIVE on hub.batch, which is written anew; it is small.
-- Way back: DELETE the batches with part_of and their rejects and answers, then
-- DROP INDEX hub.batch_upload; ALTER TABLE hub.batch DROP COLUMN upload_id, DROP COLUMN part_of,
-- DROP COLUMN item, DROP COLUMN files; and batch_open as 0001 has it.

ALTER TABLE hub.batch
    ADD part_of bigint REFERENCES hub.batch,    -- the upload's first batch; NULL: it is that one
    ADD item int NOT NULL DEFAULT 0,            -- which data file of the upload, from 0
    ADD files int CHECK (files > 1),            -- how many it holds; NULL: one, or not known yet
    ADD upload_id bigint GENERATED ALWAYS AS (coalesce(part_of, batch_id)) STORED;

CREATE INDEX batch_upload ON hub.batch (upload_id);

-- In the order of arrival: the data files of an upload before the next upload.
DROP INDEX hub.batch_open;
CREATE INDEX batch_open ON hub.batch (party, upload_id, item) WHERE state = 'received';
