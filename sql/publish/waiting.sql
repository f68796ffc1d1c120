-- How many files wait for a party, partner or agency, or may have to be taken back. Parameter $1 party
SELECT (SELECT count(*) FROM hub.answer WHERE party = $1 AND state = 'ready')
     + (SELECT count(*) FROM hub.answer
        WHERE party = $1 AND kind = 'rejects' AND state = 'replaced' AND proof IS NOT NULL AND NOT recalled)
     + (SELECT count(*) FROM hub.bundle WHERE agency = $1 AND state = 'closed')
