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
    RETURN (SELECT r.rate FROM hub.import_rate r
            WHERE r.kind = asked AND r.gcode = ANY (ARRAY (SELECT left(code, n) FROM generate_series(0, length(code)) n))
              AND r.valid_from <= day AND (r.valid_until IS NULL OR r.valid_until > day)
            ORDER BY length(r.gcode) DESC, r.valid_from DESC LIMIT 1);

-- Rates, and limits, that trades wait for and that are there now.
CREATE OR REPLACE FUNCTION hub.rates_arrived(day date) RETURNS TABLE (kind text, code text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT m.kind, m.code FROM (SELECT DISTINCT kind, code FROM hub.missing_rate) m
    WHERE CASE WHEN m.kind IN ('duty', 'vat', 'consumption') THEN hub.import_rate_of(m.kind, m.code, day) IS NOT NULL
               WHEN m.kind = 'limit' THEN EXISTS (SELECT 1 FROM hub.import_limit l WHERE l.valid_from <= day)
          ELSE EXISTS (SELECT 1 FROM hub.exchange_rates(m.kind, day) r WHERE r.currency = m.code) END;
END $$;
