-- Rows of a file of rates, each of which its XSD allows (formats/table/rate.xsd). Parameter $1 the rows (jsonb)
-- Takes   rate_row (temporary)
INSERT INTO rate_row (line, kind, code, valid_from, valid_until, rate, units, source, currency, gcode)
SELECT r.line, r.kind, coalesce(CASE WHEN r.kind = 'customs' THEN r.currency ELSE r.gcode END, ''),
       to_date(r."from", 'YYYYMMDD'), to_date(r.until, 'YYYYMMDD') + 1, r.rate / r.units, r.units, r.source, r.currency, r.gcode
FROM jsonb_to_recordset($1::jsonb) r (line bigint, kind text, currency text, gcode text, "from" text, until text, units numeric,
                                      rate numeric, source text)
