-- Messages as they go into the zip, for the manifest.
DROP TABLE IF EXISTS written;
CREATE TEMP TABLE written (
    place int, kind text, message_no int, name text, documents int, bytes bigint, sha256 text,
    signature text)
