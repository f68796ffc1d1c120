-- Rules over the rows of a return file; ingest/lines.sql goes on with stage_lines.
-- Takes   stage_return (columns of feed/return.xsd, line, bad, digest, head, keys), stage_reject
-- Leaves  stage_lines: one row a line; stage_archive: what the archive holds now
-- Source  ceb-messages X-27, M-19

CREATE TEMP VIEW stage_lines AS
SELECT trade_hash, key_code, order_no, return_no AS part_key, gnum, false AS counted, line, digest,
       head, app_type, bad
FROM stage_return;

CREATE OR REPLACE TEMP VIEW stage_archive AS
SELECT trade_hash, key_code, order_no, part_key, row_id, digest, app_type, batch_id
FROM hub.goods_return WHERE current;
