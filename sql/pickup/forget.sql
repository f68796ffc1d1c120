-- What is not in the drop box any more. Parameters $1 party, $2 names that are (text[])
DELETE FROM hub.seen WHERE party = $1 AND NOT name = ANY ($2::text[])
