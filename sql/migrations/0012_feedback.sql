-- 0012_feedback: partners hear what agencies answered.
-- Locks: hub.receipt, hub.answer while they are altered. Way back: DROP TABLE hub.return_field, the column and the index.

-- The file that told partners of it, without its ending; NULL: not told yet.
ALTER TABLE hub.receipt ADD told text;
CREATE INDEX receipt_untold ON hub.receipt (row_id) WHERE effect = 'applied' AND told IS NULL;
CREATE INDEX receipt_unread ON hub.receipt (row_id) WHERE effect = 'held' AND told IS NULL AND message_guid IS NOT NULL;
-- Feedback is about many uploads.
ALTER TABLE hub.answer ALTER batch_id DROP NOT NULL;

-- Whose rows an answer is about: those the document's content is from.
ALTER TABLE hub.receipt_kind ADD tells text[] NOT NULL DEFAULT '{source,order}'
    CHECK (tells <@ '{order,payment,waybill,source}'::text[]);
UPDATE hub.receipt_kind SET tells = CASE
    WHEN kind IN ('CEB404', 'CEB412') THEN '{payment}'::text[]
    WHEN kind IN ('CEB506', 'CEB512') THEN '{waybill}'
    ELSE '{order,waybill}' END
WHERE kind IN ('CEB404', 'CEB412', 'CEB506', 'CEB512', 'CEB604', 'CEB622');

-- Codes inside of returnInfo ([Code:1327;Desc:…]), and which column of which feed a partner looks at.
CREATE TABLE hub.return_field (
    code        text NOT NULL,
    feed        text NOT NULL,           -- of the row that is to be corrected
    column_name text NOT NULL,
    meaning_en  text NOT NULL,
    valid_from  date NOT NULL,
    source      text NOT NULL,
    PRIMARY KEY (code, feed, column_name, valid_from)
);
INSERT INTO hub.return_field VALUES
    ('1300',  'importorder',   'buyerIdNumber', 'rejected by hand, such as a wrong identity number of the buyer', '2016-04-08', 'return_info_code: J'),
    ('1313',  'importorder',   'buyerIdNumber', 'the buyer is over the yearly limit', '2016-04-08', 'return_info_code: J'),
    ('1322',  'importorder',   'gnum',          'goods lines of order and list differ', '2016-04-08', 'return_info_code: J'),
    ('1327',  'importpayment', 'payerIdNumber', 'buyer of the order and payer of the payment differ', '2016-04-08', 'return_info_code: J'),
    ('1327',  'importorder',   'buyerIdNumber', 'buyer of the order and payer of the payment differ', '2016-04-08', 'return_info_code: J'),
    ('13035', 'importpayment', 'payCode',       'the payment company differs', '2016-04-08', 'return_info_code: J'),
    ('13127', 'importorder',   'buyerIdNumber', 'buyer of the list differs from the order', '2016-04-08', 'return_info_code: J');
