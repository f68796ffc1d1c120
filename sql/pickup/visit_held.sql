-- Another run is at a party's part of this job, and has perhaps not said so yet: it counts as at work until that run says how it
-- ended. One that has let go meanwhile has said it, or is about to; what that run has said already stands, though its session has not ended yet.
-- Parameters $1 job, $2 party, $3 our run, $4 the part's lock
INSERT INTO hub.visit AS v (job, party, run_id, at_work)
SELECT $1, $2, coalesce(substring(a.application_name FROM '^landport run ([0-9]+)')::bigint, $3::bigint), true
FROM pg_stat_activity a WHERE a.pid = hub.lock_backend($4)
ON CONFLICT (job, party) DO UPDATE SET at_work = true WHERE v.run_id <> excluded.run_id
