-- How many data files of a partner came before this one on the same business date, and how many bytes, but for what was too
-- large to be fetched: of that there is nothing but what its server said.
-- Parameters $1 party, $2 upload_id, $3 the cut-off that began that date, $4 the one that ends it (epoch seconds)
SELECT count(*) AS files, coalesce(sum(size) FILTER (WHERE part_of IS NULL AND file_id IS NOT NULL), 0)::bigint AS bytes FROM hub.batch
WHERE party = $1 AND batch_id < $2::bigint
  AND received_at >= to_timestamp($3::bigint) AND received_at < to_timestamp($4::bigint)
