-- Feeds whose things take several rows, all but orders: their rules, then one subject a thing.
-- Takes   stage_several_rows (ingest/subjects.sql): key, part_key, gnum, line, first_line, digest,
--         head, app_type, bad, counted (gnum counts from 1); stage_asks, need_lines (ingest/needs.sql)
-- Leaves  stage_gathered: each thing of the file, by its first line; stage_subject, stage_member for
--         ingest/versions.sql; stage_first_row, stage_same_key, stage_other_version for ingest/keep.sql; stage_reject and stage_repeat grown
-- Setting hub.shape
-- Source  design section 5; ceb-messages G-09

-- Rows without a head (E3083) belong to the thing in whose rows they stand: it comes back as a whole.
CREATE TEMP TABLE stage_headless ON COMMIT DROP AS
SELECT s.line, h.line AS headless
FROM (SELECT want::bigint AS first_line, min(line) AS line FROM stage_reject WHERE code = 'E3083' GROUP BY want) h
JOIN stage_several_rows f ON f.line = h.first_line
JOIN stage_several_rows s USING (subject_hash, issuer, number, part_key);
INSERT INTO stage_reject
SELECT line, (SELECT current_setting('hub.shape')::jsonb ->> 'line_name'), 'E4010', NULL, headless::text FROM stage_headless h
WHERE NOT EXISTS (SELECT 1 FROM stage_reject own WHERE own.line = h.line);

-- Two versions of a thing in one file: the new one (appType 1) is taken, else the first; the rows of the
-- other come back, to be sent after it.
CREATE TEMP TABLE stage_other_version ON COMMIT DROP AS
SELECT l.line, l.subject_hash, l.first_line AS run, taken.line AS taken_line
FROM (SELECT DISTINCT ON (subject_hash, issuer, number, part_key)
             subject_hash, issuer, number, part_key, app_type, line
      FROM stage_several_rows
      WHERE (SELECT min(app_type) <> max(app_type) FROM stage_several_rows)
      ORDER BY subject_hash, issuer, number, part_key, app_type <> '1', line) taken
JOIN stage_several_rows l USING (subject_hash, issuer, number, part_key)
WHERE l.app_type <> taken.app_type;

INSERT INTO stage_reject SELECT line, 'appType', 'E3031', NULL, taken_line::text FROM stage_other_version;

CREATE TEMP TABLE stage_same_key ON COMMIT DROP AS
SELECT line, subject_hash, issuer, number, part_key, first_line AS run, row_number() OVER same AS nth,
       first_value(line) OVER (PARTITION BY subject_hash, issuer, number, part_key, gnum ORDER BY line) AS same_as
FROM stage_several_rows l WHERE NOT bad AND NOT EXISTS (SELECT 1 FROM stage_other_version o WHERE o.line = l.line)
WINDOW same AS (PARTITION BY subject_hash, issuer, number, part_key, gnum, digest ORDER BY line);

INSERT INTO stage_repeat SELECT line FROM stage_same_key WHERE nth > 1;
INSERT INTO stage_reject
SELECT line, (SELECT current_setting('hub.shape')::jsonb ->> 'line_name'), 'E4007', NULL, same_as::text
FROM stage_same_key WHERE nth = 1 AND line <> same_as;

ANALYZE stage_other_version (line), stage_same_key (line);

-- What the first line of a thing says stands beside each, so that nothing is joined with itself: of lines without
-- statistics the planner expects one, and would go through all for each.
CREATE TEMP TABLE stage_member ON COMMIT DROP AS
SELECT subject_hash, issuer, number, part_key, line, first_line, gnum, counted, app_type, digest, head, lame AS bad,
       first_value(head) OVER thing AS first_head, first_value(lame) OVER thing AS first_bad
FROM (SELECT l.*, l.bad OR l.line IN (SELECT line FROM stage_headless) AS lame FROM stage_several_rows l) l
WHERE issuer IS NOT NULL AND number IS NOT NULL AND part_key IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM stage_same_key t WHERE t.line = l.line AND t.nth > 1)
  AND NOT EXISTS (SELECT 1 FROM stage_other_version o WHERE o.line = l.line)
WINDOW thing AS (PARTITION BY subject_hash, issuer, number, part_key ORDER BY line);
ANALYZE stage_member (subject_hash, line);

CREATE TEMP TABLE stage_gathered ON COMMIT DROP AS
SELECT subject_hash, issuer, number, part_key, min(line) AS line, count(*)::int AS rows,
       min(gnum) AS first_gnum, max(gnum) AS last_gnum, bool_and(counted) AS counted,
       min(app_type) AS app_type, bit_xor(digest) AS digest, bool_or(bad) AS bad,
       min(first_line) <> min(line) OR max(first_line) <> min(line) AS apart,
       subject_hash IN (SELECT t.subject_hash FROM stage_same_key t WHERE t.nth > 1) AS twice
FROM stage_member
GROUP BY subject_hash, issuer, number, part_key;
ANALYZE stage_gathered (subject_hash, line);

INSERT INTO stage_reject
SELECT line, (SELECT current_setting('hub.shape')::jsonb ->> 'line_name'), 'E4001', number, NULL
FROM stage_member WHERE NOT first_bad AND NOT bad AND head <> first_head;

INSERT INTO stage_reject
SELECT line, (SELECT current_setting('hub.shape')::jsonb ->> 'line_name'), 'E4002', first_gnum || '..' || last_gnum, rows::text
FROM stage_gathered WHERE counted AND NOT bad AND (first_gnum <> 1 OR last_gnum <> rows);

-- More lines than the messages it ends in hold.
INSERT INTO stage_reject
SELECT t.line, (SELECT current_setting('hub.shape')::jsonb ->> 'line_name'), 'E4062', t.rows::text, n.most::text
FROM stage_gathered t JOIN stage_asks a USING (line)
JOIN need_lines n ON n.feed = (SELECT current_setting('hub.rows')) AND n.ie_flag = a.ie_flag AND t.rows > n.most;
ANALYZE stage_reject (line);

CREATE TEMP TABLE stage_refused ON COMMIT DROP AS
SELECT DISTINCT subject_hash, issuer, number, part_key FROM stage_reject JOIN stage_member USING (line);
CREATE INDEX ON stage_refused (subject_hash);
ANALYZE stage_refused;

CREATE TEMP VIEW stage_subject AS
SELECT subject_hash, issuer, number, part_key, line, digest, app_type
FROM stage_gathered
WHERE NOT bad AND NOT EXISTS (
    SELECT 1 FROM stage_refused w
    WHERE w.subject_hash = stage_gathered.subject_hash AND w.issuer = stage_gathered.issuer
      AND w.number = stage_gathered.number AND w.part_key = stage_gathered.part_key);

-- One row of each, for what is said once a subject.
DO $$
BEGIN
    EXECUTE format('CREATE TEMP VIEW stage_first_row AS SELECT s.* FROM %I s JOIN stage_gathered t USING (line)',
        (SELECT current_setting('hub.shape')::jsonb) ->> 'stage');
END $$;
