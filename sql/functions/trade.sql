-- trade: what is judged.

-- Trades are judged anew by the next reconcile, since a rule is another: those it has broken (NULL: any), those judged since a time (NULL:
-- whenever), or both; how many.
CREATE OR REPLACE FUNCTION hub.judge_again(of_code text, since_then timestamptz, who text, reason text, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    CREATE TEMP TABLE judge_again ON COMMIT DROP AS
    SELECT b.subject_hash, b.issuer, b.order_no FROM hub.trade_break b WHERE b.code = of_code
    UNION
    SELECT t.subject_hash, t.issuer, t.order_no FROM hub.trade t WHERE t.checked_at >= since_then;
    GET DIAGNOSTICS n = ROW_COUNT;
    INSERT INTO hub.touch_again (subject_hash, issuer, order_no)
    SELECT j.subject_hash, j.issuer, j.order_no FROM judge_again j ORDER BY j.subject_hash
    ON CONFLICT (subject_hash, issuer, order_no) DO UPDATE SET touch_id = DEFAULT;
    IF n > 0 THEN
        INSERT INTO hub.audit (at, who, what, object, reason)
        VALUES (at, who, 'reconcile again',
                concat_ws(' and ', 'broken by ' || of_code,
                          'judged since ' || to_char(since_then AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), reason);
    END IF;
    RETURN n;
END $$;
