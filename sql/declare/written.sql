-- Messages and amounts as they go into the zip, for the manifest.
DROP TABLE IF EXISTS written, written_sum;
CREATE TEMP TABLE written (
    place int, kind text, message_no int, name text, documents int, bytes bigint, sha256 text);
CREATE TEMP TABLE written_sum (place int, kind text, currency text, amount numeric)
