-- A bundle whose last document was set aside, on a business date that has a bundle already, is none: its number is the next one's.
-- Setting hub.bundle_id
SELECT hub.drop_unneeded((SELECT current_setting('hub.bundle_id')::bigint))
