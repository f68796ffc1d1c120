-- key: what rows and documents are named by.

-- Who gave the order its number: the platform, or the seller where the platform has no code.
CREATE OR REPLACE FUNCTION hub.order_issuer(ebp_code text, ebc_code text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ebp_code = '无' THEN ebc_code ELSE ebp_code END;

-- First column of every row table and its distribution column.
CREATE OR REPLACE FUNCTION hub.subject_hash(issuer text, number text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended(issuer || E'\x1f' || number, 0);

-- A row's name: its file and line. Later rows have greater ones. A file has fewer than 2^32 lines.
CREATE OR REPLACE FUNCTION hub.row_id(batch_id bigint, line bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN batch_id << 32 | line;

-- Identifiers sent to agencies: the same kind, key and version always give the same one. md5 because
-- it must be short, spread evenly and be cheap for millions; nobody's trust hangs on it.
CREATE OR REPLACE FUNCTION hub.guid(zone text, agency text, kind text, issuer text, number text,
                         part_key text, version text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN md5(zone || E'\x1f' || agency || E'\x1f' || kind || E'\x1f' || issuer || E'\x1f'
               || number || E'\x1f' || part_key || E'\x1f' || version)::uuid;
