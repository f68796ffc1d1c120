-- The rows of rate_row become rates; trades they may decide are judged anew: those that wait for one have their own row, but also
-- what was broken or is ready by the rate before. Parameters $1 who, $2 the file, $3 reason, $4 now
WITH exchange AS (
    INSERT INTO hub.exchange_rate AS x (currency, valid_from, rate, source, kind, valid_until)
    SELECT code, valid_from, rate, source, kind, valid_until FROM rate_row WHERE kind = 'customs'
    ON CONFLICT (currency, kind, valid_from) DO UPDATE
        SET rate = excluded.rate, source = excluded.source, valid_until = excluded.valid_until
        WHERE (x.rate, x.valid_until, x.source) IS DISTINCT FROM (excluded.rate, excluded.valid_until, excluded.source)
    RETURNING x.currency
), tax AS (
    INSERT INTO hub.import_rate AS t (kind, gcode, valid_from, rate, source, valid_until)
    SELECT kind, code, valid_from, rate, source, valid_until FROM rate_row WHERE kind <> 'customs'
    ON CONFLICT (kind, gcode, valid_from) DO UPDATE
        SET rate = excluded.rate, source = excluded.source, valid_until = excluded.valid_until
        WHERE (t.rate, t.valid_until, t.source) IS DISTINCT FROM (excluded.rate, excluded.valid_until, excluded.source)
    RETURNING t.gcode
), again AS (
    INSERT INTO hub.touch_again (subject_hash, issuer, order_no)
    SELECT o.subject_hash, o.issuer, o.order_no
    FROM (SELECT subject_hash, issuer, order_no FROM hub.trade_break WHERE code = 'E5009'
          UNION
          SELECT subject_hash, issuer, number FROM hub.ready WHERE what = 'trade') w
    CROSS JOIN LATERAL (SELECT * FROM hub.trade_order o
                        WHERE o.subject_hash = w.subject_hash AND o.issuer = w.issuer AND o.order_no = w.order_no
                          AND o.current OFFSET 0) o
    WHERE o.currency IN (SELECT currency FROM exchange)
      AND o.trade_mode IN (SELECT trade_mode FROM hub.trade_mode WHERE max_value IS NOT NULL)
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT $4::timestamptz, $1, 'rate import', $2,
           coalesce($3, (SELECT string_agg(DISTINCT source, '; ') FROM rate_row)) || ': '
           || (SELECT string_agg(kind || ' ' || CASE code WHEN '' THEN '*' ELSE code END || ' ' || to_char(valid_from, 'YYYYMMDD')
                                 || ' ' || trim_scale(rate), ', ' ORDER BY line) FROM (SELECT * FROM rate_row ORDER BY line LIMIT 50) r)
           || CASE WHEN (SELECT count(*) FROM rate_row) > 50 THEN ', …' ELSE '' END
)
SELECT (SELECT count(*) FROM rate_row) AS rows, (SELECT count(*) FROM exchange) + (SELECT count(*) FROM tax) AS loaded
