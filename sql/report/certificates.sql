-- Certificates that end soon, or that nothing can be signed with. Setting hub.certificates (JSON: [[agency, what, file,
-- days left, what is wrong], …])
SELECT c ->> 0 AS agency, c ->> 1 AS what, c ->> 2 AS file, (c ->> 3)::int AS days_left,
       coalesce(c ->> 4, 'ends soon: renew it') AS reason
FROM jsonb_array_elements((SELECT current_setting('hub.certificates')::jsonb)) c ORDER BY 1, 2
