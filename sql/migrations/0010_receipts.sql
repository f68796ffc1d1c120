-- 0010_receipts: what agencies answer, and what their codes mean.
-- Locks: hub.document while its check and indexes are made anew. Way back: DROP TABLE hub.receipt, hub.receipt_kind,
-- hub.return_code, hub.return_text; DROP VIEW hub.message_span; DROP INDEX hub.document_cop, hub.document_changed, hub.document_number,
-- hub.document_attention, hub.message_guid.

-- human: the agency waits for somebody, or nobody here knows what it means for us.
ALTER TABLE hub.document DROP CONSTRAINT document_state_check,
    ADD CONSTRAINT document_state_check CHECK (state IN ('progress', 'human', 'accepted', 'refused', 'withdrawn'));

-- Documents whose receipts name them by copNo alone, the beginning of the guid. Those of a trade are
-- found by its hash; an index of all would be paid for every night.
CREATE INDEX document_cop ON hub.document (guid)
    WHERE kind <> ALL ('{CEB303,CEB403,CEB505,CEB603,CEB311,CEB411,CEB511}'::text[]);
-- Later versions that go by the copNo of an earlier one.
CREATE INDEX document_changed ON hub.document (cop_guid) WHERE cop_guid IS NOT NULL;
CREATE INDEX document_number ON hub.document (invt_no) WHERE invt_no IS NOT NULL;
CREATE INDEX document_attention ON hub.document (state) WHERE state IN ('human', 'refused');
CREATE INDEX message_guid ON hub.message (guid);

-- A message holds the documents of its kind and bundle whose doc_no is beyond `before`, as many as `documents`.
CREATE VIEW hub.message_span AS
SELECT m.*, (SELECT coalesce(sum(e.documents), 0) FROM hub.message e
             WHERE e.bundle_id = m.bundle_id AND e.kind = m.kind AND e.message_no < m.message_no) AS before
FROM hub.message m;

-- Which receipts there are: what each answers and how it names that.
--   order     ebpCode, ebcCode, orderNo             payment   payCode, payNo (or as order)
--   waybill   logisticsCode, logisticsNo            thing     logisticsCode, logisticsNo, of the feed status
--   cop       copNo, the beginning of our guid      number    the number customs gave, invtNo
--   message   the guid in the text of the message that could not be read
CREATE TABLE hub.receipt_kind (
    kind        text NOT NULL,
    answers     text NOT NULL,           -- kind of document; '' : of message
    found_by    text NOT NULL CHECK (found_by IN ('order', 'payment', 'waybill', 'thing', 'cop', 'number', 'message')),
    decides     boolean NOT NULL,        -- says whether the document is accepted; else it is only kept
    withdraws   text,                    -- kind of list that is no more once this says success
    names_cop   boolean NOT NULL,        -- the document has a copNo: where the receipt gives one it must be that
    codes       text NOT NULL CHECK (codes IN ('shared', 'own', 'any')), -- its status: one of all kinds', only of its own, whatever it is
    valid_from  date NOT NULL,
    valid_until date,
    source      text NOT NULL,
    PRIMARY KEY (kind, valid_from)
);
INSERT INTO hub.receipt_kind VALUES
    ('CEB304', 'CEB303', 'order',   true,  NULL,     false, 'shared', '2014-02-10', NULL, 'section 6.1'),
    ('CEB404', 'CEB403', 'payment', true,  NULL,     false, 'shared', '2014-02-10', NULL, 'section 6.1; it carries no ebpCode'),
    ('CEB506', 'CEB505', 'waybill', true,  NULL,     false, 'shared', '2014-02-10', NULL, 'section 6.1'),
    ('CEB508', 'CEB507', 'cop',     true,  NULL,     true,  'shared', '2018-11-01', NULL, 'section 6.1'),
    ('CEB510', 'CEB509', 'cop',     true,  NULL,     true,  'shared', '2018-11-01', NULL, 'section 6.1'),
    ('CEB604', 'CEB603', 'order',   true,  NULL,     true,  'shared', '2014-02-10', NULL, 'section 6.1'),
    ('CEB606', 'CEB605', 'cop',     true,  'CEB603', true,  'shared', '2018-11-01', NULL, 'section 6.1'),
    ('CEB608', 'CEB607', 'cop',     true,  NULL,     true,  'shared', '2018-11-01', NULL, 'section 6.1'),
    ('CEB702', 'CEB701', 'cop',     true,  NULL,     true,  'shared', '2018-11-01', NULL, 'section 6.1'),
    ('CEB792', 'CEB701', 'number',  false, NULL,     false, 'any', '2018-11-01', NULL, 'CEB792Message: sumNo; decState is not published'),
    ('CEB214', 'CEB213', 'cop',     true,  NULL,     true,  'shared', '2022-05-01', NULL, 'section 6.1: coElNo'),
    ('CEB216', 'CEB215', 'cop',     true,  NULL,     true,  'shared', '2022-05-01', NULL, 'section 6.1: coElNo'),
    ('CEB312', 'CEB311', 'order',   true,  NULL,     false, 'shared', '2016-04-08', NULL, 'section 6.1'),
    ('CEB412', 'CEB411', 'payment', true,  NULL,     false, 'shared', '2016-04-08', NULL, 'section 6.1: payTransactionId'),
    ('CEB512', 'CEB511', 'waybill', true,  NULL,     false, 'shared', '2016-04-08', NULL, 'section 6.1'),
    ('CEB514', 'CEB513', 'thing',   true,  NULL,     false, 'shared', '2018-11-01', NULL, 'section 6.1'),
    ('CEB622', 'CEB621', 'cop',     true,  NULL,     true,  'shared', '2016-04-08', NULL, 'section 6.1: copNo; the codes are optional'),
    ('CEB624', 'CEB623', 'cop',     true,  'CEB621', true,  'shared', '2018-11-01', NULL, 'section 6.1'),
    ('CEB626', 'CEB625', 'cop',     true,  NULL,     true,  'shared', '2018-11-01', NULL, 'section 6.1'),
    ('CEB712', 'CEB711', 'cop',     true,  NULL,     true,  'shared', '2018-11-01', NULL, 'section 6.1'),
    ('CEB816', 'CEB621', 'number',  false, NULL,     false, 'own', '2016-04-08', NULL, 'CEB816Message'),
    ('CEB818', 'CEB621', 'number',  false, NULL,     false, 'own', '2016-04-08', NULL, 'CEB818Message'),
    ('CEB900', '',       'message', false, NULL,     false, 'any', '2014-02-10', NULL, 'CEB900Message');

-- A document's copNo is the beginning of its guid, or of that of the version it changes; some kinds have less of it than others.
CREATE FUNCTION hub.has_cop(guid uuid, cop_guid uuid, cop text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN length(cop) >= 16 AND starts_with(upper(replace(coalesce(cop_guid, guid)::text, '-', '')), cop);

-- 17 digits of a returnTime as a moment; days and hours that do not exist run on into the next.
CREATE FUNCTION hub.moment(digits text) RETURNS timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN make_date(left(digits, 4)::int, substr(digits, 5, 2)::int, 1)::timestamp
         + make_interval(days => substr(digits, 7, 2)::int - 1, hours => substr(digits, 9, 2)::int,
                         mins => substr(digits, 11, 2)::int, secs => substr(digits, 13, 2)::int + substr(digits, 15, 3)::int / 1000.0);

-- Every receipt, as it came. receipt_id of hub.document is the row_id of the one that decided.
CREATE TABLE hub.receipt (
    trade_hash bigint NOT NULL,          -- of the document it speaks of; 0: none was found
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
    order_no text, pay_no text, logistics_no text, cop_no text, bill_no text,
    pre_no text, invt_no text, tax_no text, entry_id text,
    return_status text, return_time text, return_info text,
    customs_tax numeric, value_added_tax numeric, consumption_tax numeric,
    message_guid uuid,                   -- CEB900: of the message that could not be read
    PRIMARY KEY (trade_hash, row_id)
);
CREATE INDEX receipt_batch ON hub.receipt USING brin (batch_id) WITH (pages_per_range = 32);
CREATE INDEX receipt_held ON hub.receipt (row_id) WHERE effect = 'held' AND cleared_at IS NULL;

-- What a returnStatus means; of several rows the narrowest counts, then that of the kind.
CREATE TABLE hub.return_code (
    kind        text NOT NULL,           -- of receipt; '' : any
    first_code  int NOT NULL,
    last_code   int NOT NULL,
    name_zh     text NOT NULL,
    meaning_en  text NOT NULL,
    direction   text NOT NULL CHECK (direction IN (
                    'progress', 'human', 'success', 'failure',
                    'unclear')),         -- it was there already, or is no more where it was looked for: says nothing of
                                         -- what became of it. Changes nothing; a person looks where nothing else is known
    valid_from  date NOT NULL,
    valid_until date,
    source      text NOT NULL,
    closes      boolean NOT NULL DEFAULT false, -- it is over: nothing of the document can be changed or withdrawn any more
    early       boolean NOT NULL DEFAULT false, -- said on the way: a refusal after it, however soon, is the next step
    PRIMARY KEY (kind, first_code, last_code, valid_from)
);

-- What a refusal is not, by its returnInfo, where its code says no more than that something went wrong.
CREATE TABLE hub.return_text (
    part        text PRIMARY KEY,        -- of returnInfo
    direction   text NOT NULL CHECK (direction IN ('human', 'unclear')),
    source      text NOT NULL
);
INSERT INTO hub.return_text VALUES
    ('已经申报过', 'unclear', 'text of -621004, -623009, -625033; P22 table 7-2'),
    ('勿重复申报', 'unclear', 'text of -621004, -623009, -625033; P22 table 7-2');

-- A file whose receipts are held can be judged anew, once the codes are known, or closed by a person. One whose bytes are
-- gone can be neither loaded nor judged until they are there again.
CREATE OR REPLACE VIEW hub.batch_action AS
SELECT b.batch_id, a.nth, a.action,
       'landport batch ' || a.action || ' ' || hub.batch_name(b.batch_id) || ' --reason "…"' AS command, a.effect
FROM hub.batch b
CROSS JOIN LATERAL (
    SELECT b.state = 'loaded' AND b.feed = 'receipt' AND EXISTS (
        SELECT 1 FROM hub.receipt r
        WHERE r.row_id >= hub.row_id(b.batch_id, 0) AND r.row_id < hub.row_id(b.batch_id + 1, 0)
          AND r.effect = 'held' AND r.cleared_at IS NULL) AS waits,
    b.file_id IN (SELECT d.file_id FROM hub.damaged_file d) AND NOT b.lost AS damaged,
    -- an agency gets no answers, and sends no other form of the same
    EXISTS (SELECT 1 FROM hub.bundle u WHERE u.agency = b.party) AS agency) r
CROSS JOIN LATERAL (VALUES
    -- of a file that was cut off half a row may pass for a whole one; it is sent again
    (CASE WHEN b.code = 'E3045' THEN 7 ELSE 1 END, 'release',
     (b.state = 'held' OR b.state = 'rejected' AND b.code = 'E3014') AND hub.releasable(b.code) AND r.damaged IS NOT TRUE,
     'the next run loads what is good of it, in spite of ' || b.code
     || CASE WHEN b.code = 'E3045' THEN '; its last row may be half a row' ELSE '' END),
    -- what a change of the configuration or another run may cure; else the file itself must be another one
    (CASE WHEN b.code = 'E1020' OR b.code IN ('E3010', 'E3015') AND NOT r.agency THEN 2 ELSE 4 END, 'rerun', (b.state IN ('held', 'rejected') OR r.waits) AND r.damaged IS NOT TRUE,
     'the next run judges it once more, as if it had just come'),
    (3, 'discard', b.state IN ('received', 'held'), 'nothing of it is ever loaded; ' || CASE WHEN r.agency THEN 'the agency is not told' ELSE 'the partner is told' END
     || CASE WHEN b.code = 'E3045' THEN ', and sends the whole file, which has these rows too' ELSE '' END),
    (5, 'hold', b.state = 'received', 'no run loads it until it is released'),
    (6, 'close', r.waits OR r.damaged AND b.state IN ('loaded', 'rejected', 'duplicate'),
     concat_ws('; ', CASE WHEN r.waits THEN 'its held receipts were looked at: they are kept and wait no more' END,
                     CASE WHEN r.damaged THEN 'no run looks for its lost bytes any more; what was loaded of it stays' END))
) a (nth, action, possible, effect)
WHERE a.possible;

INSERT INTO hub.return_code VALUES
    ('', 1, 1, '电子口岸已暂存', 'saved at the e-port', 'progress', '2014-02-10', NULL, 'X22 P22 Z K'),
    ('', 2, 2, '电子口岸申报中 / 申报成功', 'accepted for declaration by the e-port', 'progress', '2014-02-10', NULL, 'X22 P22 Z K J'),
    ('CEB304', 2, 2, '申报成功', 'accepted by the e-port, so that a list may refer to it', 'success', '2014-02-10', NULL, 'X-02, X-03; section 1.2'),
    ('CEB312', 2, 2, '申报成功', 'accepted by the e-port, so that a list may refer to it', 'success', '2014-02-10', NULL, 'X-02, X-03; section 1.2'),
    ('CEB404', 2, 2, '申报成功', 'accepted by the e-port, so that a list may refer to it', 'success', '2014-02-10', NULL, 'X-02, X-03; section 1.2'),
    ('CEB412', 2, 2, '申报成功', 'accepted by the e-port, so that a list may refer to it', 'success', '2014-02-10', NULL, 'X-02, X-03; section 1.2'),
    ('CEB506', 2, 2, '申报成功', 'accepted by the e-port, so that a list may refer to it', 'success', '2014-02-10', NULL, 'X-02, X-03; section 1.2'),
    ('CEB512', 2, 2, '申报成功', 'accepted by the e-port, so that a list may refer to it', 'success', '2014-02-10', NULL, 'X-02, X-03; section 1.2'),
    ('CEB514', 2, 2, '申报成功', 'accepted by the e-port, so that a list may refer to it', 'success', '2014-02-10', NULL, 'X-02, X-03; section 1.2'),
    ('', 3, 3, '发送海关成功', 'forwarded to customs', 'progress', '2014-02-10', NULL, 'X22 P22 Z K'),
    ('', 4, 4, '发送海关失败', 'forwarding to customs failed', 'human', '2014-02-10', NULL, 'X22 P22 Z K'),
    ('', 100, 100, '海关退单', 'rejected by customs', 'failure', '2014-02-10', NULL, 'X22 P22 Z K J'),
    ('', 120, 120, '海关入库', 'stored by customs after the logic check', 'progress', '2014-02-10', NULL, 'P22 Z K J'),
    ('CEB304', 120, 120, '海关入库', 'stored by customs after the logic check', 'success', '2014-02-10', NULL, 'X-04, 6.6'),
    ('CEB312', 120, 120, '海关入库', 'stored by customs after the logic check', 'success', '2014-02-10', NULL, 'X-04, 6.6'),
    ('CEB404', 120, 120, '海关入库', 'stored by customs after the logic check', 'success', '2014-02-10', NULL, 'X-04, 6.6'),
    ('CEB412', 120, 120, '海关入库', 'stored by customs after the logic check', 'success', '2014-02-10', NULL, 'X-04, 6.6'),
    ('CEB506', 120, 120, '海关入库', 'stored by customs after the logic check', 'success', '2014-02-10', NULL, 'X-04, 6.6'),
    ('CEB512', 120, 120, '海关入库', 'stored by customs after the logic check', 'success', '2014-02-10', NULL, 'X-04, 6.6'),
    ('CEB514', 120, 120, '海关入库', 'stored by customs after the logic check', 'success', '2014-02-10', NULL, 'X-04, 6.6'),
    ('', 300, 300, '人工审核', 'waiting for or under manual review', 'progress', '2014-02-10', NULL, 'X22 P22 Z J'),
    ('', 399, 399, '海关审结', 'customs review finished', 'success', '2014-02-10', NULL, 'X22 P22 Z K'),
    ('', 500, 500, '查验', 'selected for inspection', 'human', '2014-02-10', NULL, 'X22 P22 Z K J'),
    ('', 501, 501, '扣留移送通关', 'detained, passed to the clearance department', 'human', '2014-02-10', NULL, 'X22 P22'),
    ('', 502, 502, '扣留移送缉私', 'detained, passed to the anti-smuggling bureau', 'human', '2014-02-10', NULL, 'X22 P22'),
    ('', 503, 503, '扣留移送法规', 'detained, passed to the legal department', 'human', '2014-02-10', NULL, 'X22 P22'),
    ('', 505, 505, '移交', 'handed over', 'human', '2014-02-10', NULL, 'X22 P22'),
    ('', 599, 599, '其它扣留', 'other detention', 'human', '2014-02-10', NULL, 'X22 P22'),
    ('', 600, 600, '挂起', 'suspended', 'human', '2014-02-10', NULL, 'X22 P22 J'),
    ('', 700, 700, '退运', 'to be shipped back', 'failure', '2014-02-10', NULL, 'X22 P22 J'),
    ('', 800, 800, '放行', 'released', 'success', '2014-02-10', NULL, 'X22 P22 Z K J L'),
    ('', 899, 899, '结关', 'customs cleared', 'success', '2014-02-10', NULL, 'X22 P22 Z K'),
    ('', -999999999, -1, '处理异常', 'processing exception; see the text', 'failure', '2014-02-10', NULL, 'X22 P22'),
    ('CEB816', 1, 1, '已生成', 'created', 'progress', '2014-02-10', NULL, 'X22: TaxHeadRd, TaxHeadStatus'),
    ('CEB816', 2, 2, '已汇总', 'aggregated', 'progress', '2014-02-10', NULL, 'X22: TaxHeadRd, TaxHeadStatus'),
    ('CEB816', 3, 3, '作废', 'void', 'human', '2014-02-10', NULL, 'X22: TaxHeadRd, TaxHeadStatus'),
    ('CEB818', 1, 1, '已生成', 'created', 'progress', '2014-02-10', NULL, 'X22: TaxHeadRd, TaxHeadStatus'),
    ('CEB818', 2, 2, '已汇总', 'aggregated', 'progress', '2014-02-10', NULL, 'X22: TaxHeadRd, TaxHeadStatus'),
    ('CEB818', 3, 3, '作废', 'void', 'human', '2014-02-10', NULL, 'X22: TaxHeadRd, TaxHeadStatus'),
    ('', -10101, -10101, '处理异常', 'company type invalid', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('', -10102, -10102, '处理异常', 'company code invalid', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301001, -301001, '处理异常', 'no goods lines', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301002, -301002, '处理异常', 'duplicate gnum in the order', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301003, -301003, '处理异常', 'order not found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301004, -301004, '处理异常', 'order not found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301005, -301005, '处理异常', 'order not found (key in text)', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301006, -301006, '处理异常', 'more than one order found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301007, -301007, '处理异常', 'order message empty', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301008, -301008, '处理异常', 'parameter check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301009, -301009, '处理异常', 'appType wrong: order to change or delete not found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301010, -301010, '处理异常', 'order with the same number exists', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301011, -301011, '处理异常', 'an inventory was already declared for this order, state does not allow the action', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301012, -301012, '处理异常', 'no operation fits', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301013, -301013, '处理异常', 'system exception', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301014, -301014, '处理异常', 'older than the stored data, ignored', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB312', -301015, -301015, '处理异常', 'too many heads in the message', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401001, -401001, '处理异常', 'payment not found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401002, -401002, '处理异常', 'payment state not found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401003, -401003, '处理异常', 'more than one payment found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401004, -401004, '处理异常', 'payment not found (key in text)', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401005, -401005, '处理异常', 'payment message empty', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401006, -401006, '处理异常', 'appType wrong: payment to change or delete not found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401007, -401007, '处理异常', 'payment with the same number exists', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401008, -401008, '处理异常', 'payment already declared, state does not allow the action', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401009, -401009, '处理异常', 'parameter check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401010, -401010, '处理异常', 'no operation fits', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401011, -401011, '处理异常', 'system exception', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401012, -401012, '处理异常', 'older than the stored data, ignored', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB412', -401013, -401013, '处理异常', 'too many heads in the message', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB512', -504000, -504000, '处理异常', 'waybill message cannot be parsed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB512', -504010, -504010, '处理异常', 'waybill message empty', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB512', -504011, -504011, '处理异常', 'parameter check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB512', -504012, -504012, '处理异常', 'waybill exists', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB512', -504013, -504013, '处理异常', 'too many waybills in the message', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB512', -504014, -504014, '处理异常', 'appType wrong: waybill to change or delete not found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB512', -504015, -504015, '处理异常', 'waybill with the same number exists', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB512', -504016, -504016, '处理异常', 'waybill already declared, state does not allow the action', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB514', -505000, -505000, '处理异常', 'status message cannot be parsed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB514', -505010, -505010, '处理异常', 'status message empty', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB514', -505011, -505011, '处理异常', 'parameter check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB514', -505012, -505012, '处理异常', 'status exists', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB514', -505013, -505013, '处理异常', 'too many statuses in the message', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB514', -505014, -505014, '处理异常', 'no operation fits', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB514', -505015, -505015, '处理异常', 'system exception', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB514', -505016, -505016, '处理异常', 'older than the stored data, ignored', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB514', -505017, -505017, '处理异常', 'too many heads in the message', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621000, -621000, '处理异常', 'received without goods lines', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621001, -621001, '处理异常', 'message check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621002, -621002, '处理异常', 'return could not be parsed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621003, -621003, '处理异常', 'declaration failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621004, -621004, '处理异常', 'already declared', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621005, -621005, '处理异常', 'amount over the single-transaction limit', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621006, -621006, '处理异常', 'inventory for the head guid not found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621008, -621008, '处理异常', 'sent to customs, but state update failed', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621009, -621009, '处理异常', 'sending to customs failed, and state update failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621010, -621010, '处理异常', 'state is not "declaring"', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621011, -621011, '处理异常', 'no declared inventory to change', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621012, -621012, '处理异常', 'state does not allow a change', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621013, -621013, '处理异常', 'personal limit query failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621014, -621014, '处理异常', 'adding to the personal consumption failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621015, -621015, '处理异常', 'data do not match the IC card, no permission', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621016, -621016, '处理异常', 'no permission', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621017, -621017, '处理异常', 'system exception', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621018, -621018, '处理异常', 'buyer would exceed the yearly limit', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621019, -621019, '处理异常', 'no such data', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621020, -621020, '处理异常', 'request parameter wrong', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621021, -621021, '处理异常', 'declaration failed: key empty or data missing', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621022, -621022, '处理异常', 'declaration failed (reason in text)', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621023, -621023, '处理异常', 'change operation failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621024, -621024, '处理异常', 'all inventories lack goods lines', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621025, -621025, '处理异常', 'saving the signature failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621026, -621026, '处理异常', 'saving the signature failed: signature empty', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621027, -621027, '处理异常', 'save failed, or duplicate gnum in the list (the number is printed twice)', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621028, -621028, '处理异常', 'signed data differ from the data', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621029, -621029, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB622', -621030, -621030, '处理异常', 'too many inventories in the message', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623000, -623000, '处理异常', 'received without a cancel document', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623001, -623001, '处理异常', 'message check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623002, -623002, '处理异常', 'return could not be parsed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623003, -623003, '处理异常', 'no inventory with this number', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623004, -623004, '处理异常', 'no such data', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623005, -623005, '处理异常', 'inventory state does not allow cancelling', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623006, -623006, '处理异常', 'sent to customs, but state update failed', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623007, -623007, '处理异常', 'sending to customs failed, and state update failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623008, -623008, '处理异常', 'too many documents in the message', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623009, -623009, '处理异常', 'already declared', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623010, -623010, '处理异常', 'row error (number and copNo in text)', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623011, -623011, '处理异常', 'creation failed: key empty or data missing', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623012, -623012, '处理异常', 'creation failed: reason empty', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623013, -623013, '处理异常', 'state does not allow deletion', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623014, -623014, '处理异常', 'check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623016, -623016, '处理异常', 'saving the signature failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623017, -623017, '处理异常', 'saving the signature failed: signature empty', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623018, -623018, '处理异常', 'request parameter wrong', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623019, -623019, '处理异常', 'declaration failed: key empty or data missing', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623020, -623020, '处理异常', 'declaration failed (reason in text)', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623021, -623021, '处理异常', 'data do not match the IC card, no permission', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623022, -623022, '处理异常', 'save failed, refresh and retry', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623023, -623023, '处理异常', 'declaration failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623024, -623024, '处理异常', 'state is not "declaring"', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623025, -623025, '处理异常', 'adjusting the personal consumption failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623026, -623026, '处理异常', 'no permission', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623027, -623027, '处理异常', 'system exception', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623028, -623028, '处理异常', 'sending the request failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB624', -623029, -623029, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625001, -625001, '处理异常', 'message check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625002, -625002, '处理异常', 'return could not be parsed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625003, -625003, '处理异常', 'message empty', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625004, -625004, '处理异常', 'declaration failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625005, -625005, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625006, -625006, '处理异常', 'no goods lines', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625007, -625007, '处理异常', 'goods line not on record', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625008, -625008, '处理异常', 'preNo must be assigned by the e-port', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625009, -625009, '处理异常', 'qty2 and unit2 rule broken: unit2 empty requires qty2 empty, unit2 set requires a positive qty2', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625010, -625010, '处理异常', 'line value differs from the record', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625011, -625011, '处理异常', 'no goods with this gcode in the parameter store', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625012, -625012, '处理异常', 'line value differs from the parameter store', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625013, -625013, '处理异常', 'agentCode/agentName differ from the certificate', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625014, -625014, '处理异常', 'amount over the single limit', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625015, -625015, '处理异常', 'buyer over the limit', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625016, -625016, '处理异常', 'no such data', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625017, -625017, '处理异常', 'request parameter wrong', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625018, -625018, '处理异常', 'declaration failed: key empty or data missing', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625019, -625019, '处理异常', 'declaration failed: system error', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625020, -625020, '处理异常', 'data do not match the IC card, no permission', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625021, -625021, '处理异常', 'no permission', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625022, -625022, '处理异常', 'already declared, or state does not allow a change (the number is printed twice)', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625023, -625023, '处理异常', 'all documents lack goods lines', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625024, -625024, '处理异常', 'adjusting the personal consumption failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625025, -625025, '处理异常', 'adding the personal consumption failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625026, -625026, '处理异常', 'personal limit query failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625027, -625027, '处理异常', 'saving the signature failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625028, -625028, '处理异常', 'saving the signature failed: signature empty', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625029, -625029, '处理异常', 'save failed, refresh and retry', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625030, -625030, '处理异常', 'declaration failed (reason in text)', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625031, -625031, '处理异常', 'all documents lack goods lines', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625032, -625032, '处理异常', 'no such data', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625033, -625033, '处理异常', 'already declared', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625110, -625110, '处理异常', 'system exception', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625113, -625113, '处理异常', 'data do not match the IC card, no permission', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625114, -625114, '处理异常', 'no permission', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625116, -625116, '处理异常', 'system exception', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625200, -625200, '处理异常', 'received without a document', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625202, -625202, '处理异常', 'sent to customs, but state update failed', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625203, -625203, '处理异常', 'sending to customs failed, and state update failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625204, -625204, '处理异常', 'inventory for the head guid not found', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625205, -625205, '处理异常', 'state is not "declaring"', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625206, -625206, '处理异常', 'sent to customs, but state update failed', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625207, -625207, '处理异常', 'sending to customs failed, and state update failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625208, -625208, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB626', -625209, -625209, '处理异常', 'line with this gnum and gcode not found in the inventory', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB712', -800000, -800000, '处理异常', 'no list lines', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB712', -800001, -800001, '处理异常', 'check failed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB712', -800002, -800002, '处理异常', 'message cannot be parsed', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB712', -800003, -800003, '处理异常', 'document exists', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB712', -800004, -800004, '处理异常', 'system exception', 'human', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB712', -800005, -800005, '处理异常', 'older than the stored data, ignored', 'unclear', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('CEB712', -800006, -800006, '处理异常', 'too many heads in the message', 'failure', '2014-02-10', NULL, 'P22 table 7-2, P18'),
    ('', -10200, -10100, '处理异常', 'company type or code invalid', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB304', -302000, -301001, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB304', -303000, -302001, '处理异常', 'format check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB304', -304000, -303001, '处理异常', 'business check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB304', -305000, -304001, '处理异常', 'processing failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB404', -402000, -401001, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB404', -403000, -402001, '处理异常', 'format check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB404', -404000, -403001, '处理异常', 'business check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB404', -405000, -404001, '处理异常', 'processing failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB506', -502000, -501001, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB506', -503000, -502001, '处理异常', 'format check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB506', -504000, -503001, '处理异常', 'business check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB506', -505000, -504001, '处理异常', 'processing failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB604', -602000, -601001, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB604', -603000, -602001, '处理异常', 'format check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB604', -604000, -603001, '处理异常', 'business check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB604', -605000, -604001, '处理异常', 'processing failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB606', -606000, -605001, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB606', -607000, -606001, '处理异常', 'format check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB606', -608000, -607001, '处理异常', 'business check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB606', -609000, -608001, '处理异常', 'processing failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB508', -802000, -801001, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB508', -803000, -802001, '处理异常', 'format check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB508', -804000, -803001, '处理异常', 'business check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB508', -805000, -804001, '处理异常', 'processing failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB510', -506000, -505001, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB510', -507000, -506001, '处理异常', 'format check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB510', -508000, -507001, '处理异常', 'business check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB510', -509000, -508001, '处理异常', 'processing failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB608', -902000, -901001, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB608', -903000, -902001, '处理异常', 'format check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB608', -904000, -903001, '处理异常', 'business check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB608', -905000, -904001, '处理异常', 'processing failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB702', -702000, -701001, '处理异常', 'signature check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB702', -703000, -702001, '处理异常', 'format check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB702', -704000, -703001, '处理异常', 'business check failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('CEB702', -705000, -704001, '处理异常', 'processing failed', 'failure', '2014-02-10', NULL, 'P18 table 7-3 (one source; P22 no longer prints these ranges)'),
    ('', -304001, -304001, '处理异常', 'seen: business key already stored (document number in the text)', 'unclear', '2014-02-10', NULL, 'K (one source)'),
    ('', -999999, -999999, '处理异常', 'seen: schema validation failed', 'failure', '2014-02-10', NULL, 'K (one source)'),
    ('CEB624', -451, -451, '处理异常', 'seen: declaration failed', 'failure', '2014-02-10', NULL, 'J (one source)');
UPDATE hub.return_code SET closes = true WHERE kind = '' AND first_code = 899; -- X-16, section 6.6: 625 after it, not 623
UPDATE hub.return_code SET early = true WHERE direction = 'success' AND last_code < 100; -- the e-port's, before customs look
