-- receipt: what agencies answer, and what their codes mean.

-- Which receipts there are: what each answers and how it names that.
--   order     ebpCode, ebcCode, orderNo             payment   payCode, payNo (or as order)
--   waybill   logisticsCode, logisticsNo            thing     logisticsCode, logisticsNo, of the feed status
--   cop       copNo, the beginning of our guid      number    the number the agency gave (customs: invtNo)
--   key       issuer and number, ours             file      the name of our file, and which record of it
--   message   the guid in the text of the message that could not be read, or the name of our file
--   whole     the same as file, but where no record is named all of the file is meant, and of a bundle's name all of that
CREATE TABLE hub.receipt_kind (
    folder      text NOT NULL DEFAULT coalesce(split_part(current_setting('hub.rows_file', true), '/', 2), ''), -- of formats, whose file has it; '' : any agency's
    kind        text NOT NULL CONSTRAINT "kind has at most 32 characters" CHECK (char_length(kind) <= 32), -- as feed/feedback.xsd has room
    answers     text NOT NULL,           -- kind of document; '' : any
    found_by    text NOT NULL CHECK (found_by IN ('order', 'payment', 'waybill', 'thing', 'cop', 'number', 'key', 'file', 'message', 'whole')),
    decides     boolean NOT NULL,        -- says whether the document is accepted; else it is only kept
    withdraws   text,                    -- kind of list that is no more once this says success
    names_cop   boolean NOT NULL,        -- the document has a copNo: where the receipt gives one it must be that
    codes       text NOT NULL CHECK (codes IN ('shared', 'own', 'any')), -- its status: one of all kinds', only of its own, whatever it is
    valid_from  date NOT NULL,
    valid_until date,
    source      text NOT NULL,
    tells       text[] NOT NULL DEFAULT '{source,order}' -- whose rows an answer is about: those the document's content is from
                CHECK (tells <@ '{order,payment,waybill,source}'::text[]),
    CONSTRAINT "withdraws needs answers" CHECK (withdraws IS NULL OR answers <> ''),
    PRIMARY KEY (kind, valid_from, folder)
);
COMMENT ON TABLE hub.receipt_kind IS 'rows of files';

-- What a returnStatus means; of several rows the narrowest counts, then that of the kind.
CREATE TABLE hub.return_code (
    folder      text NOT NULL DEFAULT coalesce(split_part(current_setting('hub.rows_file', true), '/', 2), ''), -- of formats, whose file has it; '' : any agency's
    kind        text NOT NULL,           -- of receipt; '' : any
    first_code  text NOT NULL,           -- as the agency writes it; with last_code a range of numbers, or of texts as long as each other
    last_code   text NOT NULL,
    name_zh     text NOT NULL,           -- what partners read: feed/feedback.xsd has room for so much
    meaning_en  text NOT NULL,
    CONSTRAINT "codes have at most 60 characters" CHECK (char_length(first_code) <= 60 AND char_length(last_code) <= 60),
    CONSTRAINT "name_zh and meaning_en have at most 500 characters" CHECK (char_length(name_zh) <= 500 AND char_length(meaning_en) <= 500),
    direction   text NOT NULL CHECK (direction IN (
                    'progress', 'human', 'success', 'failure',
                    'unclear')),         -- it was there already, or is no more where it was looked for: says nothing of
                                         -- what became of it. Changes nothing; a person looks where nothing else is known
    valid_from  date NOT NULL,
    valid_until date,
    source      text NOT NULL,
    closes      boolean NOT NULL DEFAULT false, -- it is over: nothing of the document can be changed or withdrawn any more
    early       boolean NOT NULL DEFAULT false, -- said on the way: a refusal after it, however soon, is the next step
    PRIMARY KEY (kind, first_code, last_code, valid_from, folder)
);
COMMENT ON TABLE hub.return_code IS 'rows of files';

-- What a refusal is not, by its returnInfo, where its code says no more than that something went wrong.
CREATE TABLE hub.return_text (
    folder      text NOT NULL DEFAULT coalesce(split_part(current_setting('hub.rows_file', true), '/', 2), ''), -- of formats, whose file has it; '' : any agency's
    part        text NOT NULL,           -- of returnInfo
    direction   text NOT NULL CHECK (direction IN ('human', 'unclear')),
    source      text NOT NULL,
    PRIMARY KEY (part, folder)
);
COMMENT ON TABLE hub.return_text IS 'rows of files';

-- Codes inside of returnInfo ([Code:1327;Desc:…]), and which column of which feed a partner looks at.
CREATE TABLE hub.return_field (
    folder      text NOT NULL DEFAULT coalesce(split_part(current_setting('hub.rows_file', true), '/', 2), ''), -- of formats, whose file has it; '' : any agency's
    code        text NOT NULL,
    feed        text NOT NULL,           -- of the row that is to be corrected
    column_name text NOT NULL,
    meaning_en  text NOT NULL,
    valid_from  date NOT NULL,
    source      text NOT NULL,
    PRIMARY KEY (code, feed, column_name, valid_from, folder)
);
COMMENT ON TABLE hub.return_field IS 'rows of files';

-- Every receipt, as it came. receipt_id of hub.document is the row_id of the one that decided.
CREATE TABLE hub.receipt (
    subject_hash bigint NOT NULL,          -- of the document it speaks of; 0: none was found
    row_id     bigint NOT NULL,
    batch_id   bigint NOT NULL,
    line       bigint NOT NULL,
    kind       text,
    guid       uuid,                     -- of that document
    effect     text NOT NULL CHECK (effect IN (
                   'applied',            -- it decided the document's state
                   'older',              -- something newer was known
                   'repeat',             -- it says what was said
                   'kept',               -- it decides nothing
                   'held')),             -- a person must look: code says why
    code       text,                     -- E6001 …
    direction  text,
    cleared_at timestamptz,              -- a person has looked (hub.audit)
    digest     bigint NOT NULL,
    ebp_code text, ebc_code text, agent_code text, operator_code text, logistics_code text, pay_code text,
    issuer text, number text, file_name text, record_no text,
    order_no text, pay_no text, logistics_no text, cop_no text, bill_no text,
    pre_no text, invt_no text, tax_no text, entry_id text,
    return_status text, return_time text, return_info text,
    customs_tax numeric, value_added_tax numeric, consumption_tax numeric,
    message_guid uuid,                   -- of the message that could not be read, or is answered as a whole
    bundle_id  bigint,                   -- the bundle that is answered as a whole
    told       text,                     -- the file that told partners of it, without its ending; NULL: not told yet
    PRIMARY KEY (subject_hash, row_id)
);
CREATE INDEX receipt_batch ON hub.receipt USING brin (batch_id) WITH (pages_per_range = 32);
CREATE INDEX receipt_held ON hub.receipt (row_id) WHERE effect = 'held' AND cleared_at IS NULL;
CREATE INDEX receipt_untold ON hub.receipt (row_id) WHERE effect = 'applied' AND told IS NULL;
CREATE INDEX receipt_unread ON hub.receipt (row_id) WHERE effect = 'held' AND told IS NULL AND message_guid IS NOT NULL;
