-- 0009_batch_links: what points at a batch, so that one can be deleted without reading them all.
-- Locks: hub.batch while its indexes are made. Way back: DROP INDEX hub.batch_duplicate_of, hub.batch_part_of
CREATE INDEX batch_duplicate_of ON hub.batch (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX batch_part_of ON hub.batch (part_of) WHERE part_of IS NOT NULL;
