-- What this bundle takes. Settings hub.agency, hub.bundle_id, hub.kinds (the agency's, comma-separated), hub.order
-- (accepted: what asks_now names (after) must be accepted before)
-- Leaves  ready_now: trades newly matched, the order still the one that was reconciled, with the kinds
--         their mode asks for and that may go now; `waits`: others must be accepted first
--         over_now: trades whose buyers have no quota left, where the agency takes a kind that uses it; not in ready_now
--         things_now: of other feeds, and voided trades whose lists one of the kinds withdraws
--         (all temporary); declare/declared.sql and declare/standing.sql come after it
CREATE TEMP TABLE bundle_day ON COMMIT DROP AS
SELECT to_date(business_date, 'YYYYMMDD') AS day FROM hub.bundle WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint);
CREATE TEMP TABLE asks_now ON COMMIT DROP AS
SELECT m.what, m.trade_mode, m.ie_flag, m.kind, m.quota,
       CASE (SELECT current_setting('hub.order')) WHEN 'accepted' THEN m.after ELSE '{}' END AS after
FROM bundle_day b
CROSS JOIN LATERAL hub.asks_on((SELECT current_setting('hub.agency')), b.day,
                               string_to_array((SELECT current_setting('hub.kinds')), ',')) m;

CREATE TEMP TABLE asked ON COMMIT DROP AS
SELECT trade_mode, ie_flag, array_agg(kind) AS kinds FROM asks_now WHERE what = 'trade' GROUP BY trade_mode, ie_flag;
ANALYZE asked;

-- In the order of the documents, so that what follows sorts little. A look-up each (OFFSET 0), here and for what was declared:
-- tables of many nights would be read through for the trades of one.
CREATE TEMP TABLE ready_now ON COMMIT DROP AS
SELECT r.subject_hash, o.row_id AS order_row, r.issuer, o.order_no, o.trade_mode, o.currency, o.goods_value, o.ebp_name, o.ebc_code, o.ebc_name,
       a.kinds, a.trade_mode AS asked_mode, a.ie_flag, false AS waits
FROM hub.ready r
CROSS JOIN LATERAL (SELECT * FROM hub.trade_order o WHERE o.subject_hash = r.subject_hash AND o.row_id = r.row_id OFFSET 0) o
JOIN asked a ON a.trade_mode = CASE WHEN o.trade_mode IN (SELECT trade_mode FROM hub.asked_mode) THEN o.trade_mode ELSE '' END
            AND a.ie_flag = CASE o.order_type WHEN 'I' THEN 'I' ELSE 'E' END
WHERE r.agency = (SELECT current_setting('hub.agency')) AND r.what = 'trade' AND NOT r.held AND o.current
ORDER BY r.subject_hash, r.row_id;

-- A buyer's quota is asked about anew: what reconcile asked may be of an hour ago.
CREATE TEMP TABLE over_now ON COMMIT DROP AS
SELECT q.* FROM hub.bundle b CROSS JOIN LATERAL hub.over_quota(to_date(left(b.app_time, 8), 'YYYYMMDD')) q
WHERE b.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint)
  AND EXISTS (SELECT 1 FROM ready_now n JOIN asks_now m ON m.trade_mode = n.asked_mode AND m.ie_flag = n.ie_flag
              WHERE m.what = 'trade' AND m.quota = 'uses');
DELETE FROM ready_now r USING over_now q
WHERE r.subject_hash = q.subject_hash AND r.issuer = q.issuer AND r.order_no = q.order_no;

UPDATE ready_now r SET kinds = g.kinds, waits = g.waits
FROM (SELECT n.subject_hash, n.order_row, coalesce(array_agg(m.kind) FILTER (WHERE done), '{}') AS kinds,
             NOT bool_and(done) AS waits
      FROM ready_now n
      JOIN asks_now m ON m.what = 'trade' AND m.trade_mode = n.asked_mode AND m.ie_flag = n.ie_flag
      CROSS JOIN LATERAL (
          SELECT NOT EXISTS (
              SELECT 1 FROM unnest(m.after) a
              WHERE NOT EXISTS (SELECT 1 FROM hub.accepted d
                                WHERE d.subject_hash = n.subject_hash AND d.kind = a AND d.agency = (SELECT current_setting('hub.agency'))
                                  AND (d.order_row = n.order_row OR d.issuer = n.issuer AND d.order_no = n.order_no))) AS done) d
      WHERE EXISTS (SELECT 1 FROM asks_now WHERE after <> '{}')
      GROUP BY n.subject_hash, n.order_row) g
WHERE r.subject_hash = g.subject_hash AND r.order_row = g.order_row;
ANALYZE ready_now (subject_hash, kinds);

CREATE TEMP TABLE things_now ON COMMIT DROP AS
SELECT r.what, r.subject_hash, r.issuer, r.number, r.row_id
FROM hub.ready r
WHERE r.agency = (SELECT current_setting('hub.agency')) AND r.what <> 'trade' AND NOT r.held
  AND r.what IN (SELECT what FROM asks_now)
  AND (r.what <> 'void' OR EXISTS (
      SELECT 1 FROM hub.trade_order o
      JOIN asks_now m ON m.what = 'void' AND m.trade_mode IN (o.trade_mode, '')
                     AND m.ie_flag = CASE o.order_type WHEN 'I' THEN 'I' ELSE 'E' END
      WHERE o.subject_hash = r.subject_hash AND o.row_id = r.row_id OFFSET 0));
ANALYZE things_now (subject_hash)
