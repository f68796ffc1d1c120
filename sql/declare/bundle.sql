-- What is needed to write a bundle (again). Parameter $1 bundle_id
SELECT agency, name, app_time, extract(epoch FROM created_at)::bigint, settings, state, file_id,
       bytes, encode(signature, 'hex'), business_date,
       coalesce(settings ->> 'envelope', ''), seal, (settings ->> 'documents')::int,
       settings ->> 'container', settings ->> 'file_name', settings ->> 'companions', seq
FROM hub.bundle WHERE bundle_id = $1::bigint
