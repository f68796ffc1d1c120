-- receipt: how an answer finds its document, and whose rules speak of it.

-- The folder of formats that an agency goes by. Setting hub.folders (JSON: agency -> folder), on every connection.
CREATE OR REPLACE FUNCTION hub.folder_of(agency text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce((SELECT nullif(current_setting('hub.folders', true), '')::jsonb) ->> agency, agency);

-- Is a status among those from one code to another: numbers as numbers, texts where they are as long.
CREATE OR REPLACE FUNCTION hub.code_between(status text, first text, last text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN first ~ '^-?[0-9]{1,9}$' AND last ~ '^-?[0-9]{1,9}$'
                THEN CASE WHEN status ~ '^-?[0-9]{1,9}$' THEN status::int BETWEEN first::int AND last::int ELSE false END
                ELSE status COLLATE "C" BETWEEN first AND last AND length(status) = length(first) END;
-- How wide that is: the narrowest counts.
CREATE OR REPLACE FUNCTION hub.code_width(first text, last text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN first = last THEN 0 WHEN first ~ '^-?[0-9]{1,9}$' AND last ~ '^-?[0-9]{1,9}$' THEN last::int - first::int
                ELSE 1000000000 END;

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
