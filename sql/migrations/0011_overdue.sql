-- 0011_overdue: documents nobody answered, and what is sent again.
-- Locks: hub.document, hub.bundle while the columns are added. Way back: DROP the columns, the table and the index.

-- false until each of its documents has an answer: what is asked about overdue documents is then a few bundles.
ALTER TABLE hub.bundle ADD answered boolean NOT NULL DEFAULT false;
CREATE INDEX bundle_unanswered ON hub.bundle (published_at) WHERE state = 'published' AND NOT answered;

-- Somebody asked for it to go out once more; the next version, with the same appType, is that.
ALTER TABLE hub.document ADD resend boolean NOT NULL DEFAULT false;

-- Each delivery of a bundle; hub.bundle has the last.
CREATE TABLE hub.delivery (
    bundle_id    bigint NOT NULL REFERENCES hub.bundle,
    published_at timestamptz NOT NULL,
    proof        jsonb NOT NULL,
    PRIMARY KEY (bundle_id, published_at)
);
INSERT INTO hub.delivery SELECT bundle_id, published_at, proof FROM hub.bundle WHERE published_at IS NOT NULL AND proof IS NOT NULL;

-- Documents without an answer, newest versions only. within: JSON, agency to seconds; 0: that agency gives none.
CREATE FUNCTION hub.unanswered(within jsonb, now timestamptz)
    RETURNS TABLE (agency text, bundle_id bigint, kind text, documents bigint) LANGUAGE sql STABLE
AS $$
    SELECT b.agency, b.bundle_id, d.kind, count(*)
    FROM jsonb_each_text(within) w
    JOIN hub.bundle b ON b.agency = w.key AND b.state = 'published' AND NOT b.answered
                     AND b.published_at < now - make_interval(secs => w.value::int)
    JOIN hub.document d ON d.bundle_id = b.bundle_id
    WHERE w.value <> '0' AND d.state IS NULL AND NOT EXISTS (
        SELECT 1 FROM hub.document n
        WHERE n.trade_hash = d.trade_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version)
    GROUP BY b.agency, b.bundle_id, d.kind
$$;
