-- period: what reports are about. unit: day, month, quarter, half, year.

CREATE OR REPLACE FUNCTION hub.period_step(unit text) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE unit WHEN 'day' THEN interval '1 day' WHEN 'month' THEN interval '1 month' WHEN 'quarter' THEN interval '3 months'
                     WHEN 'half' THEN interval '6 months' WHEN 'year' THEN interval '1 year' END;

-- The first day of the one that a day lies in.
CREATE OR REPLACE FUNCTION hub.period_begin(unit text, day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE unit WHEN 'half' THEN make_date(extract(year FROM day)::int, CASE WHEN extract(month FROM day) < 7 THEN 1 ELSE 7 END, 1)
                     ELSE date_trunc(unit, day::timestamp)::date END;

-- 20261130, 202611, 2026Q4, 2026H2, 2026: texts of one length, in the order of time.
CREATE OR REPLACE FUNCTION hub.period_name(unit text, day date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE unit WHEN 'day' THEN to_char(day::timestamp, 'YYYYMMDD') WHEN 'month' THEN to_char(day::timestamp, 'YYYYMM')
                     WHEN 'quarter' THEN to_char(day::timestamp, 'YYYY"Q"Q') WHEN 'year' THEN to_char(day::timestamp, 'YYYY')
                     WHEN 'half' THEN to_char(day::timestamp, 'YYYY"H"') || CASE WHEN extract(month FROM day) < 7 THEN 1 ELSE 2 END END;
