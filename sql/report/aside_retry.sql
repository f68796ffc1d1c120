-- Documents that are aside, or wait for their kind, go into the next bundle: it is due. Parameters $1 number (NULL: all), $2 agency, $3 kind (NULL: any),
-- $4 who, $5 reason, $6 now
WITH chosen AS MATERIALIZED (
    SELECT a.* FROM hub.aside a
    JOIN hub.thing t ON t.what = a.what AND t.trade_hash = a.trade_hash AND t.row_id = a.row_id AND t.stands
    WHERE a.state IN ('aside', 'waiting') AND ($1::text IS NULL OR a.order_no = $1) AND ($2::text IS NULL OR a.agency = $2)
      AND ($3::text IS NULL OR a.kind = $3)
      AND (a.what <> 'trade' OR EXISTS (SELECT 1 FROM hub.trade m WHERE m.trade_hash = a.trade_hash
                                        AND m.key_code = a.key_code AND m.order_no = a.order_no AND m.verdict = 'matched'))
), done AS (
    UPDATE hub.aside a SET state = 'again', ended_at = $6::timestamptz FROM chosen c
    WHERE a.trade_hash = c.trade_hash AND a.aside_id = c.aside_id
), told AS (
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT $6::timestamptz, $4, 'bundle retry', kind || ' ' || order_no || ' ' || coalesce(upper(first_guid::text), ''), $5
    FROM chosen
), let_go AS (
    UPDATE hub.ready r SET held = false FROM chosen c
    WHERE r.held AND r.agency = c.agency AND r.what = c.what AND r.trade_hash = c.trade_hash AND r.order_row = c.row_id
), ready AS (
    INSERT INTO hub.ready (agency, what, trade_hash, key_code, order_no, order_row)
    SELECT DISTINCT c.agency, c.what, c.trade_hash, c.key_code, c.order_no, c.row_id FROM chosen c
    WHERE NOT EXISTS (SELECT 1 FROM hub.ready r WHERE r.agency = c.agency AND r.what = c.what
                      AND r.trade_hash = c.trade_hash AND r.order_row = c.row_id)
)
SELECT count(*) FROM chosen
