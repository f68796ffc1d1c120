-- What must wait, as one kind sees it; %1$s is section "-- held" of its extract file. It reads things_now: what is ready for its agency and
-- its kind asks for, whether it is held or not, with the columns of hub.ready. What it gives (subject_hash, row_id) waits, or waits again.
-- Settings hub.agency, hub.kind. Takes asked_now, waits_now
CREATE TEMP TABLE things_now ON COMMIT DROP AS
SELECT *
FROM hub.ready
WHERE agency = (SELECT current_setting('hub.agency'))
  AND what IN (SELECT what FROM asked_now WHERE agency = (SELECT current_setting('hub.agency')) AND kind = (SELECT current_setting('hub.kind')));
ANALYZE things_now;

INSERT INTO waits_now (agency, what, subject_hash, row_id)
SELECT DISTINCT (SELECT current_setting('hub.agency')), t.what, t.subject_hash, t.row_id
FROM things_now t JOIN (%1$s
) w ON w.subject_hash = t.subject_hash AND w.row_id = t.row_id;

DROP TABLE things_now
