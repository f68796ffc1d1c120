-- 0007_goods: which version of an article a bundle was made with, so that it can be made again.
-- Locks: none. Way back: DROP TABLE hub.bundle_goods, hub.bundle_waybill; DROP FUNCTION
-- hub.lists_waybill, hub.list_content.
CREATE TABLE hub.bundle_goods (
    bundle_id bigint NOT NULL REFERENCES hub.bundle,
    key_code  text NOT NULL, order_no text NOT NULL,  -- of hub.goods: seller, article
    goods_row bigint NOT NULL,
    PRIMARY KEY (bundle_id, key_code, order_no)
);

-- The waybills of lists that stand for several, where a mode allows that: a list says their weights, packages and costs together.
CREATE TABLE hub.bundle_waybill (
    bundle_id   bigint NOT NULL,
    trade_hash  bigint NOT NULL,
    order_row   bigint NOT NULL,
    waybill_row bigint NOT NULL,
    PRIMARY KEY (trade_hash, bundle_id, order_row, waybill_row)
);
CREATE INDEX bundle_waybill_bundle ON hub.bundle_waybill (bundle_id);

-- Does a list stand for that waybill: the one it names, or one of several?
CREATE FUNCTION hub.lists_waybill(trade bigint, bundle bigint, listed_order bigint, listed_waybill bigint, waybill bigint)
    RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN listed_waybill = waybill OR EXISTS (
        SELECT 1 FROM hub.bundle_waybill b
        WHERE b.trade_hash = trade AND b.bundle_id = bundle AND b.order_row = listed_order AND b.waybill_row = waybill);

-- What a list is made of where it stands for several waybills; NULL: the rows it names say it all.
CREATE FUNCTION hub.list_content(trade bigint, key text, number text, listed_order bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN count(*) > 1 THEN bit_xor(hashint8extended(w.row_id, 0)) # hashint8extended(listed_order, 1) END
            FROM hub.waybill w
            WHERE w.trade_hash = trade AND w.key_code = key AND w.order_no = number AND w.current AND w.app_type <> '3');
