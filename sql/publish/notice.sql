-- A notice for a partner, and what it tells is told. Parameters $1 party, $2 day (YYYYMMDD), $3 file_id, $4 bytes, $5 what it is about
WITH told AS (UPDATE hub.odd SET told = true WHERE $5 = 'box' AND party = $1 AND NOT told),
     waits AS (UPDATE hub.return_wait SET told = true WHERE $5 = 'return' AND party = $1 AND NOT told)
INSERT INTO hub.answer (party, kind, name, file_id, bytes)
SELECT $1, 'notice',
       'notice-' || $2 || '-' || lpad((coalesce(max(substring(name FROM '-([0-9]+)\.txt$')::int), 0) + 1)::text, 2, '0') || '.txt',
       $3, $4::bigint
FROM hub.answer WHERE party = $1 AND kind = 'notice' AND name LIKE 'notice-' || $2 || '-%'
