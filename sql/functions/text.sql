-- text: how things are shown.

-- A name or text of somebody else's without what no message takes and no terminal should see: controls, and the
-- marks that change the direction of writing (span_hidden_control).
CREATE OR REPLACE FUNCTION hub.plain(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(words, '[\u0001-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]', '_', 'g');

-- B000123: as commands and partners name it.
CREATE OR REPLACE FUNCTION hub.batch_name(batch_id bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN 'B' || lpad(batch_id::text, greatest(6, length(batch_id::text)), '0');

-- A line as its sender finds it: of a workbook's first sheet its row, of another "name!5" (jobs/load/records.h).
CREATE OR REPLACE FUNCTION hub.line_place(sheets jsonb, line bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce((sheets ->> (line / 10000000)::text) || '!' || line % 10000000, line::text);
