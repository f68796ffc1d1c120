-- What a partner was told of and still lies there. Parameter $1 party
SELECT party, shown, why FROM hub.odd WHERE told AND party = $1 ORDER BY shown, name_hash
