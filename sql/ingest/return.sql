-- Rules over the rows of a return file.
-- Takes   stage_return (columns of feed/return.xsd, and ours)
--         What comes back is held against the order where it is known: of a line no more than is left of it after what other
--         returns took, in this file too, one after the other; from the country it went to. An order that comes later:
--         section "-- held" of its message.
-- Leaves  stage_asks; grows stage_reject
-- Source  ceb-messages X-27, M-19

-- One file after the other: what is left must be left until it is taken.
SET LOCAL lock_timeout = 0; -- the party's deadline ends it
SELECT pg_advisory_xact_lock(hashtextextended('hub.ingest.' || (SELECT current_setting('hub.rows')), 0));

-- Few orders have returns: look-ups (OFFSET 0). The same line twice is no matter of this.
CREATE TEMP TABLE return_order ON COMMIT DROP AS
SELECT s.line, s.subject_hash, s.issuer, s.order_no, s.return_no, s.gnum, s.qty, s.qty1, s.qty2, s.country, o.row_id AS order_row,
       CASE WHEN o.order_type <> 'I' THEN o.country END AS went_to, CASE o.order_type WHEN 'I' THEN 'I' ELSE 'E' END AS ie_flag,
       row_number() OVER (PARTITION BY s.subject_hash, s.issuer, s.order_no, s.return_no, s.gnum ORDER BY s.line) AS nth
FROM stage_return s
CROSS JOIN LATERAL (SELECT o.row_id, o.order_type, o.country FROM hub.trade_order o
                    WHERE o.subject_hash = s.subject_hash AND o.issuer = s.issuer AND o.order_no = s.order_no
                      AND o.current AND o.app_type <> '3' OFFSET 0) o
WHERE NOT s.bad AND s.app_type <> '3';
ANALYZE return_order;

-- The messages a return asks for are those of its order's direction; of its lines it may only name such as are there.
CREATE TEMP VIEW stage_asks AS SELECT line, ie_flag FROM return_order;

INSERT INTO stage_reject (line, column_name, code, seen, want)
SELECT r.line, 'gnum', 'E4063', r.gnum::text, r.order_no
FROM return_order r
WHERE NOT EXISTS (SELECT 1 FROM hub.order_item i
                  WHERE i.subject_hash = r.subject_hash AND i.row_id = r.order_row AND i.gnum = r.gnum);

INSERT INTO stage_reject (line, column_name, code, seen, want)
SELECT line, 'country', 'E4070', country, went_to FROM return_order WHERE country <> went_to;

CREATE TEMP TABLE return_left ON COMMIT DROP AS
SELECT r.line, r.qty, r.qty1, r.qty2, i.qty - coalesce(c.qty, 0) AS left0, i.qty1 - coalesce(c.qty1, 0) AS left1, i.qty2 - coalesce(c.qty2, 0) AS left2,
       dense_rank() OVER (ORDER BY r.subject_hash, r.issuer, r.order_no, r.gnum) AS item,
       row_number() OVER (PARTITION BY r.subject_hash, r.issuer, r.order_no, r.gnum ORDER BY r.line) AS nth
FROM return_order r
CROSS JOIN LATERAL (SELECT i.qty, i.qty1, i.qty2 FROM hub.order_item i
                    WHERE i.subject_hash = r.subject_hash AND i.row_id = r.order_row AND i.gnum = r.gnum OFFSET 0) i
CROSS JOIN LATERAL (
    SELECT sum(c.qty) AS qty, sum(c.qty1) AS qty1, sum(c.qty2) AS qty2 FROM hub.return_counted c
    WHERE c.subject_hash = r.subject_hash AND c.issuer = r.issuer AND c.order_no = r.order_no AND c.gnum = r.gnum
      AND c.batch_id <> (SELECT current_setting('hub.batch_id')::bigint)   -- whose rows are written already
      AND NOT EXISTS (SELECT 1 FROM return_order o   -- what this file says anew
                      WHERE o.subject_hash = c.subject_hash AND o.issuer = c.issuer AND o.order_no = c.order_no
                        AND o.return_no = c.part_key)) c
WHERE r.nth = 1;

WITH RECURSIVE taken AS (
    SELECT l.item, l.nth, l.line, f.fits, l.qty, l.left0, l.qty1, l.left1, l.qty2, l.left2,
           l.left0 - CASE WHEN f.fits THEN l.qty ELSE 0 END AS next0, l.left1 - CASE WHEN f.fits THEN coalesce(l.qty1, 0) ELSE 0 END AS next1,
           l.left2 - CASE WHEN f.fits THEN coalesce(l.qty2, 0) ELSE 0 END AS next2
    FROM return_left l
    CROSS JOIN LATERAL (SELECT NOT coalesce(l.qty > l.left0 OR l.qty1 > l.left1 OR l.qty2 > l.left2, false) AS fits) f
    WHERE l.nth = 1
    UNION ALL
    SELECT l.item, l.nth, l.line, f.fits, l.qty, t.next0, l.qty1, t.next1, l.qty2, t.next2,
           t.next0 - CASE WHEN f.fits THEN l.qty ELSE 0 END, t.next1 - CASE WHEN f.fits THEN coalesce(l.qty1, 0) ELSE 0 END,
           t.next2 - CASE WHEN f.fits THEN coalesce(l.qty2, 0) ELSE 0 END
    FROM taken t JOIN return_left l ON l.item = t.item AND l.nth = t.nth + 1
    CROSS JOIN LATERAL (SELECT NOT coalesce(l.qty > t.next0 OR l.qty1 > t.next1 OR l.qty2 > t.next2, false) AS fits) f
)
INSERT INTO stage_reject (line, column_name, code, seen, want)
SELECT t.line, v.column_name, 'E4069', trim_scale(v.qty)::text, trim_scale(greatest(v.rest, 0))::text
FROM taken t
CROSS JOIN LATERAL (VALUES ('qty', t.qty, t.left0), ('qty1', t.qty1, t.left1), ('qty2', t.qty2, t.left2)) v (column_name, qty, rest)
WHERE NOT t.fits AND v.qty > v.rest;
