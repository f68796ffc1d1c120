-- How many files wait for a party, partner or agency. Parameter $1 party
SELECT (SELECT count(*) FROM hub.answer WHERE party = $1 AND state = 'ready')
     + (SELECT count(*) FROM hub.bundle WHERE agency = $1 AND state = 'closed')
