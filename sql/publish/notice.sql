-- A notice for a partner, and what it tells is told; what was found since waits for the next. Parameters $1 party, $2 day (YYYYMMDD),
-- $3 file_id, $4 bytes, $5 what it is about, $6 keys (publish/odd.sql) of what it tells (array)
WITH next AS (
         SELECT 'notice-' || $2 || '-' || lpad((coalesce(max(substring(name FROM '-([0-9]+)\.txt$')::int), 0) + 1)::text, 2, '0') || '.txt' AS name
         FROM hub.answer WHERE party = $1 AND kind = 'notice' AND name LIKE 'notice-' || $2 || '-%'),
     box AS (UPDATE hub.odd o SET notice = next.name FROM next WHERE $5 = 'box' AND o.party = $1 AND o.notice IS NULL
            AND o.name_hash = ANY ($6::text[])),
     waits AS (UPDATE hub.return_wait w SET notice = next.name FROM next WHERE $5 = 'return' AND w.party = $1 AND w.notice IS NULL
              AND w.row_id || ' ' || w.code = ANY ($6::text[]))
INSERT INTO hub.answer (party, kind, name, file_id, bytes)
SELECT $1, 'notice', next.name, $3, $4::bigint FROM next
