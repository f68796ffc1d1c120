-- 0007_goods: which version of an article a bundle was made with, so that it can be made again.
-- Locks: none. Way back: DROP TABLE hub.bundle_goods.
CREATE TABLE hub.bundle_goods (
    bundle_id bigint NOT NULL REFERENCES hub.bundle,
    key_code  text NOT NULL, order_no text NOT NULL,  -- of hub.goods: seller, article
    goods_row bigint NOT NULL,
    PRIMARY KEY (bundle_id, key_code, order_no)
);
