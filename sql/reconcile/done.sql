-- Their verdicts stand. Parameter $1 the batches (array)
UPDATE hub.batch SET reconciled = true WHERE batch_id = ANY ($1::bigint[])
