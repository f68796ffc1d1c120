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
