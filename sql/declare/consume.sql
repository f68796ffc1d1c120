-- What the bundle took is not ready any more (hub.consume). The kinds are kept with the documents (hub.kinds): written in a later run the
-- bundle has these, whatever the configuration says by then. Parameters $1 agency, $2 bundle_id
SELECT hub.consume($1, $2::bigint, string_to_array((SELECT current_setting('hub.kinds')), ','))
