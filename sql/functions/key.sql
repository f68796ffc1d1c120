-- key: what rows and documents are named by.

-- Who gave the order its number: the platform, or the seller where the platform has no code.
CREATE OR REPLACE FUNCTION hub.key_code(ebp_code text, ebc_code text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ebp_code = '无' THEN ebc_code ELSE ebp_code END;

-- First column of every row table and its distribution column.
CREATE OR REPLACE FUNCTION hub.trade_hash(key_code text, order_no text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended(key_code || E'\x1f' || order_no, 0);

-- A row's name: its file and line. Later rows have greater ones. A file has fewer than 2^32 lines.
CREATE OR REPLACE FUNCTION hub.row_id(batch_id bigint, line bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN batch_id << 32 | line;

-- Identifiers sent to agencies: the same kind, key and version always give the same one. md5 because
-- it must be short, spread evenly and be cheap for millions; nobody's trust hangs on it.
CREATE OR REPLACE FUNCTION hub.guid(zone text, agency text, kind text, key_code text, order_no text,
                         part_key text, version text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN md5(zone || E'\x1f' || agency || E'\x1f' || kind || E'\x1f' || key_code || E'\x1f'
               || order_no || E'\x1f' || part_key || E'\x1f' || version)::uuid;
