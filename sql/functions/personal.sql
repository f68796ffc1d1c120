-- personal: what may be told of a person, and how one is known.

-- A person is known by this alone: the keyed hash that the sealed number begins with; of rows from before, as it was.
CREATE OR REPLACE FUNCTION hub.person_key(id_number text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN starts_with(id_number, '*1') THEN substr(decode(substr(id_number, 3, 24), 'base64'), 1, 16)
                ELSE sha256(convert_to(upper(id_number), 'UTF8')) END;

-- What of a partner's value a statement may tell of, as formats/xsd/mask.c has it for the reader: columns shift, so a number of a
-- program is told, or an amount, and what looks like a name, or the number of a telephone, a person's document or a bank card, is not.
CREATE OR REPLACE FUNCTION hub.is_card(digits text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN digits ~ '^[3-6][0-9]{14,18}$' AND (
        SELECT sum(CASE WHEN n % 2 = 1 THEN d WHEN d > 4 THEN d * 2 - 9 ELSE d * 2 END) % 10 = 0
        FROM (SELECT n, substr(reverse(digits), n, 1)::int AS d FROM generate_series(1, length(digits)) n) c);

CREATE OR REPLACE FUNCTION hub.shown(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value IS NULL OR value = '' THEN value
                WHEN value ~ '^[A-Z]{1,3}$' THEN value
                WHEN value !~ '^[-A-Za-z0-9_./=,<> ]*[0-9][-A-Za-z0-9_./=,<> ]*$'
                     OR value ~ '(^|[^0-9])(1[3-9][0-9]{9}|[0-9]{8}(0[1-9]|1[0-2])[0-9]{5}|[0-9]{6}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-9]{5}([0-9]|[Xx]))([^0-9]|$)'
                     OR EXISTS (SELECT 1 FROM regexp_matches(value, '[0-9]+', 'g') r WHERE hub.is_card(r[1]))
                THEN '***' ELSE value END;
