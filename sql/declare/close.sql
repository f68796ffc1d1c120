-- The bundle is in the spool: its messages' proofs and its state in one statement's transaction.
-- Parameters $1 bundle_id, $2 file_id, $3 bytes, $4 signature (hex), $5 now, $6 seal (.p7s or .sig)
WITH m AS (
    UPDATE hub.message m SET name = w.name, bytes = w.bytes, sha256 = w.sha256,
        signature = w.signature
    FROM written w
    WHERE m.bundle_id = $1::bigint AND m.kind = w.kind AND m.message_no = w.message_no)
UPDATE hub.bundle SET state = 'closed', file_id = $2, bytes = $3::bigint,
    signature = decode($4, 'hex'), seal = $6, closed_at = $5::timestamptz,
    documents = (SELECT coalesce(sum(documents), 0) FROM written)
WHERE bundle_id = $1::bigint
