-- How many bytes a party has to load, each batch one more. Parameter $1 party
SELECT coalesce(sum(size / coalesce(files, 1) + 1), 0)::bigint
FROM hub.batch WHERE state = 'received' AND party = $1
  AND (file_id IS NOT NULL OR NOT 'E3052' = ANY (overrides))
