-- A kind of answer that names a file of ours. Parameter $1 the agency's folder of formats
SELECT kind FROM hub.receipt_kind
WHERE folder IN ('', $1) AND found_by IN ('file', 'message', 'whole') ORDER BY kind LIMIT 1
