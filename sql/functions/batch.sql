-- batch: what a person may do with files, and files that are the whole of others.

-- Causes a person may overrule: the reject limit, control totals that do not fit, soft-reject, a hold by
-- hand, of other files with the same bytes too, the partner's limits. What cannot be read (E3011 …) nobody can.
CREATE OR REPLACE FUNCTION hub.releasable(code text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN code IN ('E3014', 'E3040', 'E3041', 'E3042', 'E3043', 'E3044', 'E3045',
                    'E3050', 'E3051', 'E3056', 'E3052', 'E3053', 'E3054', 'E3090');

-- A file that was read to its end, of which nothing stands: each of its rows was refused. That was a failed attempt, which may be a
-- fault of ours, such as a column mapping: when that is mended the same bytes are no duplicate of it, and it can be judged once more.
CREATE OR REPLACE FUNCTION hub.nothing_taken(state text, feed text, accepted bigint, repeated bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN state = 'loaded' AND feed <> 'receipt' AND accepted = 0 AND repeated = 0;

-- A file whose receipts are held can be judged anew, once the codes are known, or closed by a person. One whose bytes are
-- gone can be neither loaded nor judged until they are there again.
CREATE OR REPLACE VIEW hub.batch_action AS
SELECT b.batch_id, a.nth, a.action,
       'landport batch ' || a.action || ' ' || hub.batch_name(b.batch_id) || ' --reason "…"' AS command, a.effect
FROM hub.batch b
CROSS JOIN LATERAL (
    SELECT b.state = 'loaded' AND b.feed = 'receipt' AND EXISTS (
        SELECT 1 FROM hub.receipt r
        WHERE r.row_id >= hub.row_id(b.batch_id, 0) AND r.row_id < hub.row_id(b.batch_id + 1, 0)
          AND r.effect = 'held' AND r.cleared_at IS NULL) AS waits,
    -- what withdrew rows of its half has done something
    hub.nothing_taken(b.state, b.feed, b.accepted, b.repeated) AND NOT EXISTS (
        SELECT 1 FROM hub.batch u WHERE u.batch_id = b.upload_id AND u.replaces IS NOT NULL) AS refused,
    b.file_id IN (SELECT d.file_id FROM hub.damaged_file d) AND NOT b.lost AS damaged,
    -- an agency gets no answers, and sends no other form of the same
    EXISTS (SELECT 1 FROM hub.bundle u WHERE u.agency = b.party) AS agency) r
CROSS JOIN LATERAL (VALUES
    -- of a file that was cut off half a row may pass for a whole one; it is sent again
    (CASE WHEN b.code = 'E3045' THEN 7 ELSE 1 END, 'release',
     (b.state = 'held' OR b.state = 'rejected' AND b.code = 'E3014') AND hub.releasable(b.code) AND r.damaged IS NOT TRUE,
     'the next run loads what is good of it, in spite of ' || b.code
     || CASE WHEN b.code = 'E3045' THEN '; its last row may be half a row' ELSE '' END),
    -- what a change of the configuration or another run may cure; else the file itself must be another one
    (CASE WHEN b.code = 'E1020' OR b.code IN ('E3010', 'E3015') AND NOT r.agency THEN 2 ELSE 4 END, 'rerun', (b.state IN ('held', 'rejected') OR r.waits OR r.refused) AND r.damaged IS NOT TRUE,
     'the next run judges it once more, as if it had just come'),
    (3, 'discard', b.state IN ('received', 'held'), 'nothing of it is ever loaded; ' || CASE WHEN r.agency THEN 'the agency is not told' ELSE 'the partner is told' END
     || CASE WHEN b.code = 'E3045' THEN ', and sends the whole file, which has these rows too' ELSE '' END),
    (5, 'hold', b.state = 'received', 'no run loads it until it is released'),
    (6, 'close', r.waits OR r.damaged AND b.state IN ('loaded', 'rejected', 'duplicate'),
     concat_ws('; ', CASE WHEN r.waits THEN 'its held receipts were looked at: they are kept and wait no more' END,
                     CASE WHEN r.damaged THEN 'no run looks for its lost bytes any more; what was loaded of it stays' END))
) a (nth, action, possible, effect)
WHERE a.possible;

-- What list, hold, release, discard and rerun are asked about; NULL: any. day: business date or day
-- received, YYYYMMDD.
CREATE OR REPLACE FUNCTION hub.find_batches(ids bigint[], partner text, feed text, day text, state text, failed boolean)
    RETURNS SETOF hub.batch LANGUAGE sql STABLE
AS $$
    SELECT * FROM hub.batch b
    WHERE ($1 IS NULL OR b.batch_id = ANY ($1)) AND ($2 IS NULL OR b.party = $2)
      AND ($3 IS NULL OR b.feed = $3)
      AND ($4 IS NULL OR b.business_date = $4 OR to_char(b.received_at, 'YYYYMMDD') = $4)
      AND ($5 IS NULL OR b.state = $5)
      AND ($6 IS NOT TRUE OR b.state IN ('held', 'rejected') OR b.rejected > 0)
$$;

-- The batches that the one named is the whole of: its upload may have been taken too early more than once.
CREATE OR REPLACE FUNCTION hub.halves(whole bigint) RETURNS bigint[] LANGUAGE sql STABLE
    RETURN ARRAY (
        WITH RECURSIVE early AS (
            SELECT f.replaces AS upload_id, b.item FROM hub.batch b JOIN hub.batch f ON f.batch_id = b.upload_id
            WHERE b.batch_id = whole AND f.replaces IS NOT NULL
            UNION
            SELECT f.replaces, e.item FROM early e JOIN hub.batch f ON f.batch_id = e.upload_id
            WHERE f.replaces IS NOT NULL)
        SELECT b.batch_id FROM early e JOIN hub.batch b ON b.upload_id = e.upload_id AND b.item = e.item);

-- Batches that were received after the one named: their uploads were, or they are later data files of its own. Batches of
-- an upload are numbered when it is opened, so that their numbers alone do not say it. Whatever an upload is the whole of, it
-- came when it came.
CREATE OR REPLACE FUNCTION hub.received_after(batch bigint) RETURNS bigint[] LANGUAGE sql STABLE
    RETURN ARRAY (
        SELECT l.batch_id FROM hub.batch b
        JOIN hub.batch l ON l.batch_id > b.upload_id AND (l.upload_id, l.item) > (b.upload_id, b.item)
        WHERE b.batch_id = batch AND l.state = 'loaded');

-- The things of stage_withdrawn, which the file at hand brought when it was half there and has not as a whole. What stood
-- before them stands again; where nothing did, they are void. Bit 31 of a new row's line says that it is none of the
-- file; without it, it is the half's. Of a feed that is in no hub.feed_table the table has its name.
-- Setting hub.batch_id
CREATE OR REPLACE FUNCTION hub.withdraw(named text) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    batch bigint := (SELECT current_setting('hub.batch_id')::bigint);
    things text := named;
    others text[] := '{}';
    part text;
BEGIN
    FOR part IN SELECT table_name FROM hub.feed_table WHERE feed = named LOOP
        IF EXISTS (SELECT 1 FROM pg_attribute
                   WHERE attrelid = ('hub.' || quote_ident(part))::regclass AND attname = 'current') THEN
            things := part;
        ELSE
            others := others || part;
        END IF;
    END LOOP;
    EXECUTE format($q$CREATE TEMP TABLE stage_standing ON COMMIT DROP AS
        SELECT g.subject_hash, coalesce(b.row_id, g.row_id) AS as_row, b.row_id IS NULL AS void,
               hub.row_id($1, g.row_id & 2147483647 | 2147483648) AS row_id
        FROM stage_withdrawn g LEFT JOIN LATERAL (
            SELECT o.row_id FROM hub.%I o
            WHERE o.subject_hash = g.subject_hash AND o.issuer = g.issuer
              AND coalesce(to_jsonb(o) ->> 'number', to_jsonb(o) ->> 'order_no') = g.number
              AND coalesce(to_jsonb(o) ->> 'part_key', '') = g.part_key
              AND o.row_id < g.row_id AND o.batch_id <> ALL ((SELECT hub.halves($1))::bigint[])
            ORDER BY o.row_id DESC LIMIT 1) b ON true$q$, things) USING batch;
    EXECUTE format('UPDATE hub.%I o SET current = false FROM stage_withdrawn g
        WHERE o.subject_hash = g.subject_hash AND o.row_id = g.row_id', things);
    EXECUTE format($q$INSERT INTO hub.%1$I
        SELECT (jsonb_populate_record(o, jsonb_build_object('row_id', s.row_id, 'batch_id', $1, 'current', true)
                || CASE WHEN s.void THEN jsonb '{"app_type": "3", "note": null}' ELSE '{}' END)).*
        FROM stage_standing s JOIN hub.%1$I o ON o.subject_hash = s.subject_hash AND o.row_id = s.as_row$q$, things) USING batch;
    FOREACH part IN ARRAY others LOOP
        EXECUTE format($q$INSERT INTO hub.%1$I
            SELECT (jsonb_populate_record(l, jsonb_build_object('row_id', s.row_id))).*
            FROM stage_standing s JOIN hub.%1$I l ON l.subject_hash = s.subject_hash AND l.row_id = s.as_row$q$, part);
    END LOOP;
    PERFORM hub.touch_sharing(ARRAY(SELECT g.part_key FROM stage_withdrawn g WHERE g.part_key <> ''), things);
END $$;

-- A file as if it had just come: held or refused, as a whole or row by row, nothing of it was loaded. A code that was released is not asked about again. Its upload
-- is answered anew.
CREATE OR REPLACE FUNCTION hub.batch_again(batch bigint, who text, reason text, action text, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM hub.reject r WHERE r.batch_id = batch;
    DELETE FROM hub.reject_untold r WHERE r.batch_id = batch;
    DELETE FROM hub.receipt r WHERE r.batch_id = batch;
    UPDATE hub.answer a SET state = 'replaced'
    WHERE a.batch_id = batch OR a.kind = 'ack' AND a.batch_id = (SELECT b.upload_id FROM hub.batch b WHERE b.batch_id = batch);
    INSERT INTO hub.audit (at, who, what, object, reason) VALUES (at, who, 'batch ' || action, hub.batch_name(batch), reason);
    UPDATE hub.batch b SET state = 'received', finished_at = NULL, business_date = NULL, next_cutoff = NULL, reconciled = false,
        overrides = CASE WHEN action = 'release' THEN b.overrides || b.code ELSE b.overrides END,
        feed = NULL, charset = NULL, delimiter = NULL, rows = NULL, accepted = NULL,
        repeated = NULL, rejected = NULL, sums = '{}', attempts = 0, code = NULL, seen = NULL, want = NULL,
        -- what was said when the upload was split is still so
        notices = CASE WHEN b.part_of IS NULL AND b.files > 1 THEN jsonb_path_query_array(b.notices, '$[*] ? (@.code == "E3087" || @.code == "E3130")') ELSE '[]' END
    WHERE b.batch_id = batch;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- The held receipts of a file were looked at, or its bytes, which were found nowhere, are given up.
CREATE OR REPLACE FUNCTION hub.batch_close(batch bigint, who text, reason text, action text, at timestamptz) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hub.audit (at, who, what, object, reason) VALUES (at, who, 'batch ' || action, hub.batch_name(batch), reason);
    UPDATE hub.batch b SET lost = true WHERE b.batch_id = batch AND b.file_id IN (SELECT f.file_id FROM hub.damaged_file f);
    UPDATE hub.receipt r SET cleared_at = at
    WHERE r.row_id >= hub.row_id(batch, 0) AND r.row_id < hub.row_id(batch + 1, 0) AND r.effect = 'held' AND r.cleared_at IS NULL;
END $$;
