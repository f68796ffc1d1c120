-- What of a party's files is to be looked for again; what nobody wants any more is forgotten. Parameter $1 party
WITH gone AS (
    DELETE FROM hub.damaged_file d
    WHERE d.file_id NOT IN (SELECT b.file_id FROM hub.batch b WHERE b.file_id = d.file_id AND b.state <> 'discarded' AND NOT b.lost)
      AND d.file_id NOT IN (SELECT b.file_id FROM hub.bundle b WHERE b.file_id = d.file_id)
      AND d.file_id NOT IN (SELECT a.file_id FROM hub.answer a WHERE a.file_id = d.file_id AND a.state = 'ready')
    RETURNING file_id
)
SELECT file_id FROM hub.damaged_file WHERE party = $1 AND file_id NOT IN (SELECT file_id FROM gone) ORDER BY since, file_id
