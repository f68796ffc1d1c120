-- A new bundle with the agency's next number (next.sql), in the transaction that assigns its documents. Its app_time is later than any
-- before it, also where the clock was set back or two are made in a second.
-- Parameters $1 agency, $2 number, $3 name, $4 business date, $5 app_time, $6 now, $7 test, $8 settings (jsonb),
-- $9 its kinds (array), until it takes its documents
INSERT INTO hub.bundle (agency, seq, name, business_date, app_time, created_at, test, settings, kinds)
SELECT $1, $2::int, $3, $4, greatest($5, n.app_time), $6::timestamptz, $7::boolean, $8::jsonb, $9::text[]
FROM (SELECT coalesce(to_char(to_timestamp(max(app_time), 'YYYYMMDDHH24MISS')::timestamp + interval '1 second',
                              'YYYYMMDDHH24MISS'), '') AS app_time
      FROM hub.bundle WHERE agency = $1) n
RETURNING bundle_id
