-- What a kind waits for could not be asked: what is held and it asks for stays held. Parameters $1 agency, $2 kind, $3 what it stops all
-- the same: a kind that cannot be read at all stops no trade, since declare sets its documents aside and the other kinds go
INSERT INTO waits_now (agency, what, subject_hash, row_id)
SELECT h.agency, h.what, h.subject_hash, h.row_id
FROM held_now h JOIN asked_now a USING (agency, what)
WHERE a.agency = $1 AND a.kind = $2 AND h.what IS DISTINCT FROM $3
