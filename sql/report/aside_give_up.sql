-- Documents that are aside, or wait for their kind, are given up. Parameters as in report/aside_retry.sql
WITH chosen AS MATERIALIZED (
    SELECT a.* FROM hub.aside a
    WHERE a.state IN ('aside', 'waiting') AND ($1::text IS NULL OR a.number = $1)
      AND ($2::text IS NULL OR a.agency = $2) AND ($3::text IS NULL OR a.kind = $3)
), done AS (
    UPDATE hub.aside a SET state = 'dropped', ended_at = $6::timestamptz FROM chosen c
    WHERE a.subject_hash = c.subject_hash AND a.aside_id = c.aside_id
), told AS (
    INSERT INTO hub.audit (at, who, what, object, reason)
    SELECT $6::timestamptz, $4, 'bundle give-up', kind || ' ' || number || ' ' || coalesce(upper(first_guid::text), ''), $5
    FROM chosen
)
SELECT count(*) FROM chosen
