-- What is needed to write a bundle (again). Parameter $1 bundle_id
SELECT agency, name, app_time, extract(epoch FROM created_at)::bigint AS created, settings, state, file_id,
       bytes, encode(signature, 'hex') AS signature, business_date,
       coalesce(settings ->> 'envelope', '') AS envelope, seal, (settings ->> 'documents')::int AS per_message,
       settings ->> 'container' AS container, settings ->> 'file_name' AS file_name, settings ->> 'companions' AS companions, seq AS sequence,
       settings ->> 'nth' AS nth
FROM hub.bundle WHERE bundle_id = $1::bigint
