-- What must be judged: the batches loaded since last time, as an array, and their rows; is there any of it, or a trade that
-- waited for a rate that is there now. Parameter $1 business date (YYYYMMDD)
SELECT coalesce(array_agg(batch_id ORDER BY batch_id), '{}') AS batches, coalesce(sum(rows), 0) AS rows,
       count(*) > 0 OR EXISTS (SELECT 1 FROM hub.touch_again)
       OR EXISTS (SELECT 1 FROM hub.rates_arrived(to_date($1, 'YYYYMMDD'))) AS due
FROM hub.batch WHERE state = 'loaded' AND NOT reconciled
