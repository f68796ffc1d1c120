-- 0021_large_archive: what a night costs does not grow with the archive.
-- Locks: hub.goods, hub.document while their indexes are made. Way back: DROP INDEX hub.goods_row; hub.document_cop of 0010, the
-- function of 0011 anew; DROP FUNCTION hub.refresh_statistics, hub.analyze_changed takes its name again.

-- Documents name a goods row without its key.
CREATE INDEX goods_row ON hub.goods (row_id);

-- Only who names its condition word for word finds this index: it was taken for whatever asks for a kind that is in it, and gone
-- through for each row where the statistics knew of none.
DROP INDEX hub.document_cop;
CREATE INDEX document_cop ON hub.document (guid)
    WHERE (kind <> ALL ('{CEB303,CEB403,CEB505,CEB603,CEB311,CEB411,CEB511}'::text[])) IS TRUE;

-- Bundle by bundle: of documents in whose statistics all have an answer none is expected without, and all of them were read.
CREATE OR REPLACE FUNCTION hub.unanswered(within jsonb, now timestamptz)
    RETURNS TABLE (agency text, bundle_id bigint, kind text, documents bigint) LANGUAGE sql STABLE
AS $$
    SELECT b.agency, b.bundle_id, u.kind, u.documents
    FROM jsonb_each_text(within) w
    JOIN hub.bundle b ON b.agency = w.key AND b.state = 'published' AND NOT b.answered
                     AND b.published_at < now - make_interval(secs => w.value::int)
    CROSS JOIN LATERAL (
        SELECT d.kind, count(*) AS documents
        FROM hub.document d
        WHERE d.bundle_id = b.bundle_id AND d.state IS NULL AND NOT EXISTS (
            SELECT 1 FROM hub.document n
            WHERE n.trade_hash = d.trade_hash AND n.first_guid = coalesce(d.first_guid, d.guid) AND n.version > d.version)
        GROUP BY d.kind) u
    WHERE w.value <> '0'
$$;

-- Block ranges that were added are summed up too: autovacuum does that when a fifth of a table is new, and all of it is read until then.
ALTER FUNCTION hub.refresh_statistics() RENAME TO analyze_changed;
CREATE FUNCTION hub.refresh_statistics() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM hub.analyze_changed();
    PERFORM brin_summarize_new_values(c.oid) FROM pg_class c JOIN pg_am m ON m.oid = c.relam
    WHERE m.amname = 'brin' AND c.relnamespace = 'hub'::regnamespace;
END $$;
