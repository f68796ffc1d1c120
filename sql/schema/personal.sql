-- personal: the zone's key.

-- Personal data is sealed before it comes here (jobs/base/cipher.h; a column of it has the comment 'sealed'), and this database holds
-- no key. Which key, by a name made of it: a hub with another one stops at once.
CREATE TABLE hub.personal_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    name     text NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT now()
);
