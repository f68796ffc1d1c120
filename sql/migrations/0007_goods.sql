-- 0007_goods: which version of an article a bundle was made with, so that it can be made again.
-- Locks: none. Way back: DROP TABLE hub.bundle_goods, hub.bundle_waybill.
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
