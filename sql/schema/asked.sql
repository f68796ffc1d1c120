-- asked: what modes of trade ask for, and which messages are asked for.

-- What a trade mode asks for; the newest row not after the business date counts.
CREATE TABLE hub.trade_mode (
    trade_mode    text NOT NULL,
    valid_from    date NOT NULL,
    needs_payment boolean NOT NULL,
    one_waybill   boolean NOT NULL,
    source        text NOT NULL,
    max_value     numeric,               -- of a list, in yuan
    PRIMARY KEY (trade_mode, valid_from)
);
COMMENT ON TABLE hub.trade_mode IS 'rows of files';

-- Which messages a thing asks for; rows of a day are those begun and not ended by then.
CREATE TABLE hub.asked_message (
    folder      text NOT NULL DEFAULT coalesce(split_part(current_setting('hub.rows_file', true), '/', 2), ''), -- of formats, whose file has it; '' : any agency's
    what        text NOT NULL,           -- trade, void (a declared trade that is no more), or a feed
    trade_mode  text NOT NULL,           -- '' : whatever it is
    ie_flag     text NOT NULL CHECK (ie_flag IN ('E', 'I', '')),
    kind        text NOT NULL,
    valid_from  date NOT NULL,
    valid_until date,
    after       text[] NOT NULL DEFAULT '{}',  -- kinds of the same trade that must be accepted first
    quota       text CHECK (quota IN ('uses', 'returns')), -- what it does to its buyer's quota of the year (hub.quota_kind)
    source      text NOT NULL,
    PRIMARY KEY (what, trade_mode, ie_flag, kind, valid_from, folder)
);
COMMENT ON TABLE hub.asked_message IS 'rows of files';

-- Documents of a payment or a waybill alone: not declared anew because another part of their trade was.
CREATE TABLE hub.part_kind (kind text PRIMARY KEY);
COMMENT ON TABLE hub.part_kind IS 'rows of files';
