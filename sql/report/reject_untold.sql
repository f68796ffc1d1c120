-- A file's errors beyond those that were kept, only counted. Parameter $1 batch_id
SELECT code, faults AS errors FROM hub.reject_untold WHERE batch_id = $1::bigint ORDER BY errors DESC, code
