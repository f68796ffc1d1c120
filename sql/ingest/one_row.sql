-- Feeds where one row is one subject: the same key twice in a file, then a subject a line.
-- Takes   stage_one_row (ingest/subjects.sql)
-- Leaves  stage_subject for ingest/versions.sql; stage_member empty, since rows stand alone

-- Of two versions the new one (appType 1) is taken, else the first; a change or void of it comes back, to
-- be sent after it.
CREATE TEMP TABLE stage_same_key ON COMMIT DROP AS
SELECT line, taken_line, same, other_version
FROM (SELECT l.line, first_value(l.line) OVER key AS taken_line,
             l.digest = first_value(l.digest) OVER key
             AND (l.app_type = '3') = (first_value(l.app_type) OVER key = '3') AS same,
             l.app_type <> first_value(l.app_type) OVER key AS other_version
      FROM stage_one_row l
      WHERE subject_hash IN (SELECT subject_hash FROM stage_one_row WHERE again)
      WINDOW key AS (PARTITION BY subject_hash, issuer, number, part_key ORDER BY app_type <> '1', line)) l
WHERE line <> taken_line;

INSERT INTO stage_repeat SELECT line FROM stage_same_key WHERE same;
INSERT INTO stage_reject
SELECT line, CASE WHEN other_version THEN 'appType' ELSE (SELECT current_setting('hub.shape')::jsonb ->> 'number_name') END,
       CASE WHEN other_version THEN 'E3031' ELSE 'E4007' END, NULL, taken_line::text
FROM stage_same_key WHERE NOT same;

CREATE TEMP VIEW stage_subject AS
SELECT subject_hash, issuer, number, part_key, line, digest, app_type
FROM stage_one_row l
WHERE NOT EXISTS (SELECT 1 FROM stage_same_key t WHERE t.line = l.line);

CREATE TEMP VIEW stage_member AS
SELECT subject_hash, issuer, number, part_key, line FROM stage_one_row WHERE false;
