-- 0016_personal: personal data is sealed before it comes here (jobs/base/cipher.h); this database holds no key.
-- Way back: none, without the key nothing can be read; 0015's functions anew.

-- Which key, by a name made of it: a hub with another one stops at once.
CREATE TABLE hub.personal_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    name     text NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT now()
);

-- A person is known by this alone: the keyed hash that the sealed number begins with; of rows from before, as it was.
CREATE OR REPLACE FUNCTION hub.person_key(id_number text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN starts_with(id_number, '*1') THEN substr(decode(substr(id_number, 3, 24), 'base64'), 1, 16)
                ELSE sha256(convert_to(upper(id_number), 'UTF8')) END;

-- What of a partner's value a statement may tell of, as formats/mask.c has it for the reader: columns shift, so a number of a
-- program is told, or an amount, and what looks like a name, or the number of a telephone, a person's document or a bank card, is not.
CREATE FUNCTION hub.is_card(digits text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN digits ~ '^[3-6][0-9]{14,18}$' AND (
        SELECT sum(CASE WHEN n % 2 = 1 THEN d WHEN d > 4 THEN d * 2 - 9 ELSE d * 2 END) % 10 = 0
        FROM (SELECT n, substr(reverse(digits), n, 1)::int AS d FROM generate_series(1, length(digits)) n) c);
CREATE FUNCTION hub.shown(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN value IS NULL OR value = '' THEN value
                WHEN value ~ '^[A-Z]{1,3}$' THEN value
                WHEN value !~ '^[-A-Za-z0-9_./=,<> ]*[0-9][-A-Za-z0-9_./=,<> ]*$'
                     OR value ~ '(^|[^0-9])(1[3-9][0-9]{9}|[0-9]{8}(0[1-9]|1[0-2])[0-9]{5}|[0-9]{6}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-9]{5}([0-9]|[Xx]))([^0-9]|$)'
                     OR EXISTS (SELECT 1 FROM regexp_matches(value, '[0-9]+', 'g') r WHERE hub.is_card(r[1]))
                THEN '***' ELSE value END;

COMMENT ON COLUMN hub.trade_order.buyer_name IS 'sealed';
COMMENT ON COLUMN hub.trade_order.buyer_id_number IS 'sealed';
COMMENT ON COLUMN hub.trade_order.buyer_telephone IS 'sealed';
COMMENT ON COLUMN hub.trade_order.consignee IS 'sealed';
COMMENT ON COLUMN hub.trade_order.consignee_telephone IS 'sealed';
COMMENT ON COLUMN hub.trade_order.consignee_address IS 'sealed';
COMMENT ON COLUMN hub.import_order.buyer_reg_no IS 'sealed';
COMMENT ON COLUMN hub.payment.payer_name IS 'sealed';
COMMENT ON COLUMN hub.payment.payer_id_number IS 'sealed';
COMMENT ON COLUMN hub.payment.telephone IS 'sealed';
COMMENT ON COLUMN hub.waybill.consignee IS 'sealed';
COMMENT ON COLUMN hub.waybill.consignee_telephone IS 'sealed';
COMMENT ON COLUMN hub.waybill.consignee_address IS 'sealed';
