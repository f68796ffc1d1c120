-- rate: what counts on a day.

-- What counts on a day: of each currency the newest row not after it, unless that is over. A currency that is not there is
-- unknown: neither one nor zero, and no limit in yuan is kept or passed by it.
-- Source  agency-messages section 10: the customs rate of a month is asked about the day of the declaration
CREATE OR REPLACE FUNCTION hub.exchange_rates(asked text, day date) RETURNS TABLE (currency text, rate numeric)
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT currency, rate
    FROM (SELECT DISTINCT ON (r.currency) r.currency, r.rate,
                 coalesce(r.valid_until, (date_trunc('month', r.valid_from) + interval '1 month')::date) AS valid_until
          FROM hub.exchange_rate r WHERE r.kind = asked AND r.valid_from <= day
          ORDER BY r.currency, r.valid_from DESC) r
    WHERE valid_until > day
$$;

-- The rate of an HS code on a day: of the rows that count on it the longest prefix, then the newest. NULL: unknown.
CREATE OR REPLACE FUNCTION hub.import_rate_of(asked text, code text, day date) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT (SELECT r.rate FROM hub.import_rate r
            WHERE r.kind = asked AND r.gcode = ANY (ARRAY (SELECT left(code, n) FROM generate_series(0, length(code)) n))
              AND r.valid_from <= day AND (r.valid_until IS NULL OR r.valid_until > day)
            ORDER BY length(r.gcode) DESC, r.valid_from DESC LIMIT 1)
$$;

-- Rates, and limits, that trades wait for and that are there now.
CREATE OR REPLACE FUNCTION hub.rates_arrived(day date) RETURNS TABLE (kind text, code text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
AS $$
#variable_conflict use_column
DECLARE
    kinds text[];
    codes text[];
BEGIN
    SELECT array_agg(m.kind), array_agg(m.code) INTO kinds, codes FROM (SELECT DISTINCT kind, code FROM hub.missing_rate) m;
    RETURN QUERY
    SELECT m.kind, m.code FROM unnest(kinds, codes) m (kind, code)
    WHERE CASE WHEN m.kind IN ('duty', 'vat', 'consumption') THEN hub.import_rate_of(m.kind, m.code, day) IS NOT NULL
               WHEN m.kind = 'limit' THEN EXISTS (SELECT 1 FROM hub.import_limit l WHERE l.valid_from <= day)
          ELSE EXISTS (SELECT 1 FROM hub.exchange_rates(m.kind, day) r WHERE r.currency = m.code) END;
END $$;

-- The rows of rate_row become rates; trades they may decide are judged anew: those that wait for one have their own row, but also what was
-- broken or is ready by the rate before.
CREATE OR REPLACE FUNCTION hub.load_rates(who text, file text, said text, at timestamptz) RETURNS TABLE (rows bigint, loaded bigint)
    LANGUAGE plpgsql AS $$
DECLARE
    changed text[];
BEGIN
    WITH x AS (
        INSERT INTO hub.exchange_rate AS x (currency, valid_from, rate, source, kind, valid_until)
        SELECT r.code, r.valid_from, r.rate, r.source, r.kind, r.valid_until FROM rate_row r WHERE r.kind = 'customs'
        ON CONFLICT (currency, kind, valid_from) DO UPDATE
            SET rate = excluded.rate, source = excluded.source, valid_until = excluded.valid_until
            WHERE (x.rate, x.valid_until, x.source) IS DISTINCT FROM (excluded.rate, excluded.valid_until, excluded.source)
        RETURNING x.currency)
    SELECT array_agg(x.currency) INTO changed FROM x;
    INSERT INTO hub.import_rate AS t (kind, gcode, valid_from, rate, source, valid_until)
    SELECT r.kind, r.code, r.valid_from, r.rate, r.source, r.valid_until FROM rate_row r WHERE r.kind <> 'customs'
    ON CONFLICT (kind, gcode, valid_from) DO UPDATE
        SET rate = excluded.rate, source = excluded.source, valid_until = excluded.valid_until
        WHERE (t.rate, t.valid_until, t.source) IS DISTINCT FROM (excluded.rate, excluded.valid_until, excluded.source);
    GET DIAGNOSTICS loaded = ROW_COUNT;
    loaded := loaded + coalesce(cardinality(changed), 0);
    INSERT INTO hub.touch_again (subject_hash, issuer, order_no)
    SELECT DISTINCT o.subject_hash, o.issuer, o.order_no
    FROM (SELECT b.subject_hash, b.issuer, b.order_no FROM hub.trade_break b WHERE b.code = 'E5009'
          UNION
          SELECT r.subject_hash, r.issuer, r.number FROM hub.ready r WHERE r.what = 'trade') w
    CROSS JOIN LATERAL (SELECT * FROM hub.trade_order o
                        WHERE o.subject_hash = w.subject_hash AND o.issuer = w.issuer AND o.order_no = w.order_no
                          AND o.current OFFSET 0) o
    WHERE o.currency = ANY (changed)
      AND o.trade_mode IN (SELECT m.trade_mode FROM hub.trade_mode m WHERE m.max_value IS NOT NULL)
    ON CONFLICT (subject_hash, issuer, order_no) DO UPDATE SET touch_id = DEFAULT;
    SELECT count(*) INTO rows FROM rate_row;
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT load_rates.at, load_rates.who, 'rate import', file,
           coalesce(said, (SELECT string_agg(DISTINCT r.source, '; ') FROM rate_row r)) || ': '
           || (SELECT string_agg(r.kind || ' ' || CASE r.code WHEN '' THEN '*' ELSE r.code END || ' ' || to_char(r.valid_from, 'YYYYMMDD')
                                 || ' ' || trim_scale(r.rate), ', ' ORDER BY r.line) FROM (SELECT * FROM rate_row l ORDER BY l.line LIMIT 50) r)
           || CASE WHEN rows > 50 THEN ', …' ELSE '' END;
    RETURN NEXT;
END $$;
