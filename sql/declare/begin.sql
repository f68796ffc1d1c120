-- A new bundle with the agency's next number, in the transaction that assigns its documents. Its app_time is later than any
-- before it, also where the clock was set back or two are made in a second.
-- Parameters $1 agency, $2 zone, $3 business date, $4 app_time, $5 now, $6 test, $7 settings (jsonb),
-- $8 container (zip, tar.zst), $9 its kinds (array), until it takes its documents
INSERT INTO hub.bundle (agency, seq, name, business_date, app_time, created_at, test, settings, kinds)
SELECT $1, n.seq, upper($1) || '_' || $2 || '_' || $3 || '_' || lpad(n.seq::text, 6, '0') || '.' || $8,
       $3, greatest($4, n.app_time), $5::timestamptz, $6::boolean, $7::jsonb, $9::text[]
FROM (SELECT greatest(coalesce(max(seq), 0),
                      (SELECT max(number) FROM hub.given WHERE what = 'bundle' AND agency = $1))::int + 1 AS seq,
             coalesce(to_char(to_timestamp(max(app_time), 'YYYYMMDDHH24MISS')::timestamp + interval '1 second',
                              'YYYYMMDDHH24MISS'), '') AS app_time
      FROM hub.bundle WHERE agency = $1) n
RETURNING bundle_id
