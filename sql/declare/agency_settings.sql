-- What an agency's section or bundle says, for the statements that run for it on this connection (hub.NAME), and nothing of what
-- another's said there before: that is empty. Parameter $1 {"NAME": "value", …}
WITH was AS MATERIALIZED (
    SELECT string_to_table((SELECT current_setting('hub.of_agency', true)), ',') AS name
), now AS MATERIALIZED (
    SELECT key AS name, value FROM jsonb_each_text($1::jsonb)
), done AS MATERIALIZED (
    SELECT set_config('hub.' || name, coalesce(n.value, ''), false) AS value FROM was FULL JOIN now n USING (name) WHERE name <> ''
)
SELECT set_config('hub.of_agency', coalesce((SELECT string_agg(name, ',') FROM now), ''), false) AS names, count(*) AS settings FROM done
