-- The mark with what the database has given since. Setting hub.mark
SELECT string_agg(concat_ws(E'\t', what, agency, number, coalesce(name, ''), coalesce(file_id, '')) || E'\n', ''
                  ORDER BY what, agency)
FROM (SELECT DISTINCT ON (what, agency) what, agency, number, name, file_id
      FROM (SELECT f[1] AS what, f[2] AS agency, f[3]::bigint AS number, nullif(f[4], '') AS name, nullif(f[5], '') AS file_id
            FROM string_to_table(coalesce((SELECT current_setting('hub.mark', true)), ''), E'\n') l
            CROSS JOIN LATERAL string_to_array(l, E'\t') f WHERE l <> ''
            UNION ALL
            SELECT what, agency, number, name, file_id FROM hub.numbers) u
      ORDER BY what, agency, number DESC) t
