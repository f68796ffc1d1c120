-- trade: what reconcile makes of the flows.

-- What is known by one issuer and order_no, and what reconcile found of it.
CREATE TABLE hub.trade (
    subject_hash bigint NOT NULL, issuer text NOT NULL, order_no text NOT NULL,
    verdict     text NOT NULL CHECK (verdict IN ('matched', 'waiting', 'broken', 'overdue', 'void')),
    waiting_for text[] NOT NULL DEFAULT '{}',   -- order, payment, logistics
    since       timestamptz NOT NULL,           -- of this verdict
    checked_at  timestamptz NOT NULL,
    PRIMARY KEY (subject_hash, issuer, order_no)
);
-- Trades nobody has matched yet: few, whatever the archive holds.
CREATE INDEX trade_open ON hub.trade (verdict, since) WHERE verdict <> 'matched';

-- Why it is broken.
CREATE TABLE hub.trade_break (
    subject_hash bigint NOT NULL, issuer text NOT NULL, order_no text NOT NULL,
    code text NOT NULL,                  -- E5002 …
    seen text NOT NULL,
    want text NOT NULL
);
CREATE INDEX trade_break_trade ON hub.trade_break (subject_hash, issuer, order_no);
CREATE INDEX trade_break_code ON hub.trade_break (code);

-- Rates that trades wait for: what nobody knows of a currency, or of the beginning of an HS code. Which kind, which code; on which
-- business date they were asked about first (they are asked about the one at hand: hub.rates_arrived).
CREATE TABLE hub.missing_rate (
    subject_hash bigint NOT NULL,
    issuer text NOT NULL, order_no text NOT NULL,
    kind       text NOT NULL,            -- customs; duty, vat, consumption; limit: no row of hub.import_limit
    code       text NOT NULL,            -- currency; HS code; import
    since      timestamptz NOT NULL,
    first_day  date NOT NULL,
    PRIMARY KEY (subject_hash, issuer, order_no, kind, code)
);
CREATE INDEX missing_rate_code ON hub.missing_rate (kind, code);

-- Trades to be judged anew although no batch touched them: reconcile takes them from here.
CREATE TABLE hub.touch_again (
    subject_hash bigint NOT NULL,
    issuer text NOT NULL, order_no text NOT NULL,
    touch_id bigint GENERATED ALWAYS AS IDENTITY, -- another each time somebody asks: reconcile takes away what it has seen
    PRIMARY KEY (subject_hash, issuer, order_no)
);
