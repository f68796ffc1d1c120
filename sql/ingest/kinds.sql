-- Which messages rows may end in: by what is ready (trade, void, or a feed's own things), its kinds with commas
-- between them. Parameter $1 date (YYYYMMDD) they must not have ended by
SELECT what, string_agg(DISTINCT kind, ',' ORDER BY kind) AS kinds FROM hub.asked_message
WHERE valid_until IS NULL OR valid_until > to_date($1, 'YYYYMMDD')
GROUP BY what
