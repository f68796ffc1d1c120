-- Rules over the rows of an order file, and its orders as subjects for ingest/versions.sql.
-- Takes   stage_order (columns of feed/order.xsd that are marked lp:staged, and ours), stage_reject
-- Leaves  stage_reject filled; stage_gathered: orders of several rows; stage_first_row: all; stage_subject: those
--         without rejects; stage_member: lines taken together; stage_stored: what other files left in the archive
-- Source  design section 5 (row arithmetic), ceb-messages G-09, G-12, X-09, X-10 (second unit; one unit, one quantity)
-- Most orders are one row (alone): for them the group is the row, and only the others are grouped.

-- Rows without a head (E3083) belong to the order in whose rows they stand: it comes back as a whole, and what its lines add
-- up to is not asked.
CREATE TEMP TABLE stage_headless ON COMMIT DROP AS
SELECT h.want::bigint AS first_line, min(h.line) AS line FROM stage_reject h WHERE h.code = 'E3083' GROUP BY h.want;
INSERT INTO stage_reject
SELECT s.line, 'orderNo', 'E4010', NULL, h.line::text
FROM stage_headless h JOIN stage_order s ON s.first_line = h.first_line
WHERE NOT EXISTS (SELECT 1 FROM stage_reject own WHERE own.line = s.line);
UPDATE stage_order s SET bad = true FROM stage_headless h WHERE s.first_line = h.first_line;

-- Orders that are met again behind others.
CREATE TEMP TABLE stage_met_again ON COMMIT DROP AS
SELECT subject_hash FROM stage_order
WHERE line = first_line AND subject_hash IN (SELECT subject_hash FROM stage_order WHERE again)
GROUP BY subject_hash HAVING count(*) > 1;

UPDATE stage_order SET alone = false WHERE alone AND subject_hash IN (SELECT subject_hash FROM stage_met_again);

-- Two versions of an order in one file: the new one (appType 1) is taken, else the first; the rows of the
-- other come back, to be sent after it.
CREATE TEMP TABLE stage_other_version ON COMMIT DROP AS
SELECT s.line, s.subject_hash, s.first_line AS run, taken.line AS taken_line
FROM (SELECT DISTINCT ON (subject_hash, issuer, order_no) subject_hash, issuer, order_no, app_type, line
      FROM stage_order
      WHERE (SELECT min(app_type) <> max(app_type) FROM stage_order)
      ORDER BY subject_hash, issuer, order_no, app_type <> '1', line) taken
JOIN stage_order s USING (subject_hash, issuer, order_no)
WHERE s.app_type <> taken.app_type;

INSERT INTO stage_reject SELECT line, 'appType', 'E3031', NULL, taken_line::text FROM stage_other_version;
DELETE FROM stage_order s USING stage_other_version o WHERE o.line = s.line;

-- The same line twice: the later one is a repeat; with other values it is refused below.
CREATE TEMP TABLE stage_same_key ON COMMIT DROP AS
SELECT line, subject_hash, issuer, order_no AS number, ''::text AS part_key, gnum, first_line AS run, row_number() OVER same AS nth,
       first_value(line) OVER (PARTITION BY subject_hash, issuer, order_no, gnum ORDER BY line) AS first_line
FROM stage_order
JOIN (SELECT subject_hash, gnum FROM stage_order WHERE NOT bad AND NOT alone
      GROUP BY subject_hash, gnum HAVING count(*) > 1) twice USING (subject_hash, gnum)
WHERE NOT bad AND NOT alone
WINDOW same AS (PARTITION BY subject_hash, issuer, order_no, gnum, digest ORDER BY line);

INSERT INTO stage_repeat SELECT line FROM stage_same_key WHERE nth > 1;
DELETE FROM stage_order s USING stage_same_key t WHERE t.line = s.line AND t.nth > 1;

INSERT INTO stage_reject
SELECT line, 'orderNo', 'E4007', NULL, first_line::text
FROM stage_same_key WHERE nth = 1 AND line <> first_line;

-- Only few rows break a rule: look at all at once before at each one alone.
INSERT INTO stage_reject
SELECT line, rule.column_name, rule.code, rule.seen, rule.want
FROM (SELECT s.*, abs(total_price - qty * price) >= 0.01 AS miscounted
      FROM (SELECT *, CASE WHEN (SELECT current_setting('hub.feed')) = 'importorder' THEN 'I'
                      WHEN trade_mode = '9710' THEN 'B' WHEN trade_mode = '9810' THEN 'W' ELSE 'E' END AS kind
            FROM stage_order) s
      WHERE NOT bad
        AND (abs(total_price - qty * price) >= 0.01 OR (qty2 IS NULL) <> (unit2 IS NULL) OR order_type <> kind
             OR (unit = unit1 AND qty <> qty1)
             OR (alone AND (gnum <> 1 OR abs(goods_value - total_price) >= 0.01)))) s
CROSS JOIN LATERAL (VALUES
    (miscounted, 'totalPrice', 'E4003', total_price::text, trim_scale(qty * price)::text),
    ((qty2 IS NULL) <> (unit2 IS NULL), CASE WHEN qty2 IS NULL THEN 'qty2' ELSE 'unit2' END, 'E4006',
     NULL, NULL),
    (unit = unit1 AND qty <> qty1, 'qty1', 'E4074', qty1::text, trim_scale(qty)::text),
    (order_type <> kind, 'orderType', 'E4012', order_type, kind),
    (alone AND gnum <> 1, 'gnum', 'E4002', gnum || '..' || gnum, '1'),
    (alone AND abs(goods_value - total_price) >= 0.01 AND NOT miscounted, 'goodsValue', 'E4004',
     goods_value::text, trim_scale(total_price)::text)
) rule (broken, column_name, code, seen, want)
WHERE rule.broken;

CREATE TEMP TABLE stage_gathered ON COMMIT DROP AS
SELECT subject_hash, issuer, order_no, order_no AS number, ''::text AS part_key, min(line) AS line, count(*)::int AS rows,
       min(gnum) AS first_gnum, max(gnum) AS last_gnum, sum(total_price) AS goods,
       min(goods_value) AS goods_value, min(currency) AS currency, min(app_type) AS app_type,
       min(head) <> max(head) AS heads_differ,
       min(first_line) <> min(line) OR max(first_line) <> min(line) AS apart,
       subject_hash IN (SELECT subject_hash FROM stage_same_key) AS twice,
       bit_xor(digest) AS digest, bool_or(bad) AS bad
FROM stage_order WHERE NOT alone AND issuer IS NOT NULL AND order_no IS NOT NULL
GROUP BY subject_hash, issuer, order_no;
ANALYZE stage_gathered (subject_hash, line);

-- More lines than the messages it ends in hold.
INSERT INTO stage_reject
SELECT t.line, 'gnum', 'E4062', t.rows::text, n.most::text
FROM stage_gathered t
JOIN need_lines n ON n.feed = 'order' AND t.rows > n.most
 AND n.ie_flag = CASE (SELECT current_setting('hub.feed')) WHEN 'importorder' THEN 'I' ELSE 'E' END;

CREATE TEMP VIEW stage_first_row AS
SELECT subject_hash, issuer, order_no, line, goods_value, currency, app_type, digest, bad
FROM stage_order WHERE alone AND subject_hash IS NOT NULL
UNION ALL
SELECT subject_hash, issuer, order_no, line, goods_value, currency, app_type, digest, bad FROM stage_gathered;

INSERT INTO stage_reject
SELECT s.line, 'orderNo', 'E4001', s.order_no, NULL
FROM stage_gathered t
JOIN stage_order f ON f.line = t.line
JOIN stage_order s ON s.subject_hash = t.subject_hash AND s.issuer = t.issuer AND s.order_no = t.order_no
WHERE t.heads_differ AND NOT f.bad AND NOT s.bad AND s.head <> f.head;

-- goods and goodsValue are only compared where the lines and the head are in order themselves
INSERT INTO stage_reject
SELECT line, 'gnum', 'E4002', first_gnum || '..' || last_gnum, rows::text
FROM stage_gathered WHERE NOT bad AND (first_gnum <> 1 OR last_gnum <> rows)
UNION ALL
SELECT t.line, 'goodsValue', 'E4004', s.goods_value::text, trim_scale(t.goods)::text
FROM stage_gathered t JOIN stage_order s ON s.line = t.line
WHERE NOT t.bad AND (abs(t.goods_value - t.goods) >= 0.01 OR t.heads_differ)
  AND abs(s.goods_value - t.goods) >= 0.01
  AND NOT EXISTS (SELECT 1 FROM stage_reject r JOIN stage_order o USING (line)
                  WHERE r.code IN ('E4003', 'E4007') AND o.subject_hash = t.subject_hash
                    AND o.issuer = t.issuer AND o.order_no = t.order_no);
ANALYZE stage_reject;

CREATE TEMP VIEW stage_member AS
SELECT subject_hash, issuer, order_no AS number, ''::text AS part_key, line, first_line FROM stage_order;

-- By an index, since joined with the archive one part is expected and each is looked at alone.
CREATE TEMP TABLE stage_refused ON COMMIT DROP AS
SELECT DISTINCT subject_hash, issuer, order_no FROM stage_reject JOIN stage_order USING (line);
CREATE INDEX ON stage_refused (subject_hash);
ANALYZE stage_refused;

CREATE TEMP VIEW stage_subject AS
SELECT subject_hash, issuer, order_no AS number, ''::text AS part_key, line, digest, app_type
FROM stage_first_row t
WHERE NOT bad AND NOT EXISTS (
    SELECT 1 FROM stage_refused o
    WHERE o.subject_hash = t.subject_hash AND o.issuer = t.issuer AND o.order_no = t.order_no);

-- + 0: of an archive with one batch the planner knows that no row has another, and would expect none
CREATE OR REPLACE TEMP VIEW stage_stored AS
SELECT subject_hash, issuer, order_no AS number, ''::text AS part_key, row_id, digest, app_type, batch_id
FROM hub.trade_order WHERE current AND batch_id + 0 <> (SELECT current_setting('hub.batch_id')::bigint);
