-- All facts of a bundle. Parameter $1 name
SELECT b.name AS bundle, b.agency, b.seq AS sequence, b.business_date, b.state, b.test, b.documents,
       (SELECT count(*) FROM hub.message m WHERE m.bundle_id = b.bundle_id) AS messages,
       b.bytes, b.file_id AS sha256, date_trunc('second', b.created_at) AS created,
       date_trunc('second', b.closed_at) AS closed, date_trunc('second', b.published_at) AS published,
       b.proof, b.archived
FROM hub.bundle b WHERE b.name = $1
