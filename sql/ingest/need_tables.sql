-- What messages ask of rows (ingest/needed.sql), for the session. Setting hub.needs (JSON)
-- Leaves  need_column: columns that must be there     need_lines: how many lines a document holds
--         need_fit: columns of feeds that take more than the elements they stand in (`bad`: SQL)
CREATE TEMP TABLE need_column AS
SELECT * FROM jsonb_to_recordset((SELECT current_setting('hub.needs')::jsonb) -> 'columns')
              AS n (feed text, column_name text, ie_flags text[], kinds text);
CREATE TEMP TABLE need_lines AS
SELECT * FROM jsonb_to_recordset((SELECT current_setting('hub.needs')::jsonb) -> 'lines') AS n (feed text, ie_flag text, most int);
CREATE TEMP TABLE need_fit AS
SELECT * FROM jsonb_to_recordset((SELECT current_setting('hub.needs')::jsonb) -> 'fit')
              AS n (feed text, column_name text, name text, sealed boolean, direction text, table_name text, is_line boolean, ie_flag text,
                    trade_mode text, kind text, bad text, told text)
