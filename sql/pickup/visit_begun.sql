-- A run is at a party's part of its job. Parameters $1 job, $2 party, $3 run
INSERT INTO hub.visit (job, party, run_id, at_work) VALUES ($1, $2, $3, true)
ON CONFLICT (job, party) DO UPDATE SET run_id = excluded.run_id, at_work = true
