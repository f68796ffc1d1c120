-- These could not be taken this time; the next visit asks for all others first. Parameters $1 party, $2 names (text[])
UPDATE hub.seen SET failures = failures + 1 WHERE party = $1 AND name = ANY ($2::text[])
