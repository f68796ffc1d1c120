-- receipt: how an answer finds its document.

-- A document's copNo is the beginning of its guid, or of that of the version it changes; some kinds have less of it than others.
CREATE OR REPLACE FUNCTION hub.has_cop(guid uuid, cop_guid uuid, cop text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN length(cop) >= 16 AND starts_with(upper(replace(coalesce(cop_guid, guid)::text, '-', '')), cop);

-- 17 digits of a returnTime as a moment; days and hours that do not exist run on into the next.
CREATE OR REPLACE FUNCTION hub.moment(digits text) RETURNS timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN make_date(left(digits, 4)::int, substr(digits, 5, 2)::int, 1)::timestamp
         + make_interval(days => substr(digits, 7, 2)::int - 1, hours => substr(digits, 9, 2)::int,
                         mins => substr(digits, 11, 2)::int, secs => substr(digits, 13, 2)::int + substr(digits, 15, 3)::int / 1000.0);
