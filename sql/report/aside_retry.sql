-- Documents that are aside, or wait for their kind, go into the next bundle: it is due. One that was given up does where its number is
-- said. Parameters $1 number, or ISSUER/NUMBER (NULL: all), $2 agency, $3 kind (NULL: any), $4 who, $5 reason, $6 now
WITH chosen AS MATERIALIZED (
    SELECT * FROM hub.try_again(ARRAY(
        SELECT a.aside_id FROM hub.aside a
        WHERE (a.state IN ('aside', 'waiting') OR a.state = 'dropped' AND $1::text IS NOT NULL)
          AND ($1::text IS NULL OR $1 IN (a.number, hub.subject_word(a.what, a.issuer, a.number))) AND ($2::text IS NULL OR a.agency = $2) AND ($3::text IS NULL OR a.kind = $3)),
        $6::timestamptz)
), told AS (
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT $6::timestamptz, $4, 'bundle retry', kind || ' ' || hub.subject_word(what, issuer, number) || ' ' || coalesce(upper(first_guid::text), ''), $5
    FROM chosen
)
SELECT count(*) FROM chosen
