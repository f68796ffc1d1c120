-- 0008_message_signature: what was sent keeps its signatures, which could not be made again.
-- Locks: hub.message, hub.bundle for an instant.
-- Way back: ALTER TABLE hub.message DROP signature; ALTER TABLE hub.bundle DROP seal
ALTER TABLE hub.message ADD signature text;  -- the element ds:Signature as it stands in the message
ALTER TABLE hub.bundle ADD seal text NOT NULL DEFAULT '.p7s';  -- what follows manifest.xml in its seal's name
