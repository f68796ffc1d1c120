-- Trades are judged anew by the next reconcile, since a rule is another: those it has broken, those judged since a time, or both.
-- Parameters $1 the rule's code (NULL: any), $2 since (NULL: whenever), $3 who, $4 reason, $5 now
WITH chosen AS (
    SELECT subject_hash, issuer, order_no FROM hub.trade_break WHERE code = $1
    UNION
    SELECT subject_hash, issuer, order_no FROM hub.trade WHERE checked_at >= $2::timestamptz
), again AS (
    INSERT INTO hub.touch_again (subject_hash, issuer, order_no)
    SELECT subject_hash, issuer, order_no FROM chosen ORDER BY subject_hash
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT $5::timestamptz, $3, 'reconcile again',
           concat_ws(' and ', 'broken by ' || $1, 'judged since ' || to_char($2::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), $4
    FROM (SELECT count(*) AS n FROM chosen) c WHERE n > 0
)
SELECT count(*) FROM chosen
