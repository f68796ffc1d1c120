-- Has a party batches to load? Parameter $1 party
SELECT 1 FROM hub.batch WHERE state = 'received' AND party = $1 LIMIT 1
