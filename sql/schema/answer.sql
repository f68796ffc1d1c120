-- answer: files for partners.

-- Files for a partner's out/.
CREATE TABLE hub.answer (
    answer_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id     bigint REFERENCES hub.batch, -- NULL: feedback, which is about many uploads
    party        text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('ack', 'rejects', 'feedback', 'notice')),
    name         text NOT NULL,
    file_id      text NOT NULL,
    bytes        bigint NOT NULL,
    state        text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'published',
                     'replaced')),       -- a later one took its place; it stays as proof of what the partner was told
    published_at timestamptz,
    proof        jsonb,
    recalled     boolean NOT NULL DEFAULT false -- a rejects file that stands no more was taken out of out/ again
);
CREATE INDEX answer_ready ON hub.answer (party, answer_id) WHERE state = 'ready';
CREATE INDEX answer_batch ON hub.answer (batch_id);
CREATE INDEX answer_file ON hub.answer (file_id);
CREATE INDEX answer_name ON hub.answer (party, lower(name));
CREATE INDEX answer_recall ON hub.answer (party) WHERE kind = 'rejects' AND state = 'replaced' AND proof IS NOT NULL AND NOT recalled;
