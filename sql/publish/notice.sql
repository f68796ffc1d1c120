-- A notice for a partner, and what it tells is told (hub.make_notice). Parameters $1 party, $2 day (YYYYMMDD), $3 file_id, $4 bytes, $5 what it
-- is about, $6 keys (publish/odd.sql) of what it tells (array)
SELECT hub.make_notice($1, $2, $3, $4::bigint, $5, $6::text[])
