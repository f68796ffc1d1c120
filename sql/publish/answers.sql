-- Files that wait for a partner, oldest first. Parameter $1 party
SELECT answer_id AS id, name, file_id, bytes FROM hub.answer
WHERE party = $1 AND state = 'ready' ORDER BY answer_id
