-- Feeds where one row is one thing: the same key twice in a file, then one part a line.
-- Takes   stage_line, a view of ingest/payment.sql, ingest/logistics.sql
-- Leaves  stage_part for ingest/versions.sql; stage_whole empty, since rows stand alone

CREATE TEMP TABLE stage_twice ON COMMIT DROP AS
SELECT l.line, l.digest, first_value(l.line) OVER key AS first_line,
       first_value(l.digest) OVER key AS first_digest
FROM stage_line l
JOIN (SELECT trade_hash FROM stage_line GROUP BY trade_hash HAVING count(*) > 1) twice USING (trade_hash)
WINDOW key AS (PARTITION BY trade_hash, key_code, order_no, part_key ORDER BY line);

INSERT INTO stage_repeat
SELECT line FROM stage_twice WHERE line <> first_line AND digest = first_digest;
INSERT INTO stage_reject
SELECT line, 'orderNo', 'E4007', NULL, first_line::text
FROM stage_twice WHERE line <> first_line AND digest <> first_digest;

CREATE TEMP VIEW stage_part AS
SELECT trade_hash, key_code, order_no, part_key, line, digest, app_type
FROM stage_line l
WHERE NOT EXISTS (SELECT FROM stage_twice t WHERE t.line = l.line AND t.line <> t.first_line);

CREATE TEMP VIEW stage_whole AS
SELECT trade_hash, key_code, order_no, part_key, line FROM stage_line WHERE false;
