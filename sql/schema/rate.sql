-- rate: rates and limits.

-- Yuan for one unit of a currency, loaded by `landport rate import`; none are shipped, since they are facts of a day.
CREATE TABLE hub.exchange_rate (
    currency    text NOT NULL,
    valid_from  date NOT NULL,
    rate        numeric NOT NULL CHECK (rate > 0),
    source      text NOT NULL,
    kind        text NOT NULL DEFAULT 'customs', -- the customs rate, of a calendar month
    valid_until date CHECK (valid_until > valid_from), -- no more from that day on; NULL: until its month ends
    PRIMARY KEY (currency, kind, valid_from)
);
COMMENT ON TABLE hub.exchange_rate IS 'rows of files';

-- Rates by the beginning of the HS code, loaded by `landport rate import`; none are shipped: what nobody loaded is unknown.
CREATE TABLE hub.import_rate (
    kind        text NOT NULL CHECK (kind IN ('duty', 'vat', 'consumption')),
    gcode       text NOT NULL,           -- '' : all others
    valid_from  date NOT NULL,
    rate        numeric NOT NULL CHECK (rate >= 0 AND (kind <> 'consumption' OR rate < 1)),
    source      text NOT NULL,
    valid_until date CHECK (valid_until > valid_from), -- no more from that day on; NULL: until another begins
    PRIMARY KEY (kind, gcode, valid_from)
);

-- Limits of retail imports, and the part of VAT and consumption tax that is due within them.
CREATE TABLE hub.import_limit (
    valid_from date PRIMARY KEY,
    single     numeric NOT NULL,         -- yuan, one transaction
    yearly     numeric NOT NULL,         -- yuan, one person, calendar year of Beijing
    reduction  numeric NOT NULL,
    source     text NOT NULL
);
COMMENT ON TABLE hub.import_limit IS 'rows of files';
