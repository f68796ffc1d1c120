-- 0003_hold: files that wait for a person, and what a person may do with them.
-- Locks: hub.batch, hub.answer for an instant. Way back: drop the view, the functions and overrides;
-- batches without file_id must be gone and replaced answers deleted before the old constraints return.

-- Codes of holds that a person has released: what they stand for is not asked again.
ALTER TABLE hub.batch ADD overrides text[] NOT NULL DEFAULT '{}';
-- A file over its partner's limit waits without its bytes, until it is released.
ALTER TABLE hub.batch ALTER file_id DROP NOT NULL;
ALTER TABLE hub.batch ADD CONSTRAINT batch_bytes
    CHECK (file_id IS NOT NULL OR state IN ('received', 'held', 'discarded'));

-- An answer that a later one takes the place of stays as proof of what the partner was told.
ALTER TABLE hub.answer DROP CONSTRAINT answer_state_check;
ALTER TABLE hub.answer ADD CONSTRAINT answer_state_check CHECK (state IN ('ready', 'published', 'replaced'));

-- Causes a person may overrule: the reject limit, control totals that do not fit, soft-reject, a hold by
-- hand, the partner's limits. What cannot be read (E3011 …) nobody can.
CREATE FUNCTION hub.releasable(code text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN code IN ('E3014', 'E3040', 'E3041', 'E3042', 'E3043', 'E3044', 'E3045',
                    'E3050', 'E3051', 'E3052', 'E3053', 'E3054', 'E3090');

CREATE VIEW hub.batch_action AS
SELECT b.batch_id, a.nth, a.action,
       'landport batch ' || a.action || ' ' || hub.batch_name(b.batch_id) || ' --reason "…"' AS command, a.effect
FROM hub.batch b
CROSS JOIN LATERAL (VALUES
    (1, 'release', (b.state = 'held' OR b.state = 'rejected' AND b.code = 'E3014') AND hub.releasable(b.code),
     'the next run loads what is good of it, in spite of ' || b.code),
    -- what a change of the configuration or another run may cure; else the file itself must be another one
    (CASE WHEN b.code IN ('E1020', 'E3010', 'E3015') THEN 2 ELSE 4 END, 'rerun', b.state IN ('held', 'rejected'), 'the next run judges it once more, as if it had just come'),
    (3, 'discard', b.state IN ('received', 'held'), 'nothing of it is ever loaded; the partner is told'),
    (5, 'hold', b.state = 'received', 'no run loads it until it is released')
) a (nth, action, possible, effect)
WHERE a.possible;

-- What list, hold, release, discard and rerun are asked about; NULL: any. day: business date or day
-- received, YYYYMMDD.
CREATE FUNCTION hub.find_batches(ids bigint[], partner text, feed text, day text, state text, failed boolean)
    RETURNS SETOF hub.batch LANGUAGE sql STABLE
AS $$
    SELECT * FROM hub.batch b
    WHERE ($1 IS NULL OR b.batch_id = ANY ($1)) AND ($2 IS NULL OR b.party = $2)
      AND ($3 IS NULL OR b.feed = $3)
      AND ($4 IS NULL OR b.business_date = $4 OR to_char(b.received_at, 'YYYYMMDD') = $4)
      AND ($5 IS NULL OR b.state = $5)
      AND ($6 IS NOT TRUE OR b.state IN ('held', 'rejected') OR b.rejected > 0)
$$;
