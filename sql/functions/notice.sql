-- notice: what partners are told of their drop boxes and returns.

-- A notice for a partner, and what it tells (keys: publish/odd.sql) is told; what was found since waits for the next.
CREATE OR REPLACE FUNCTION hub.make_notice(of_party text, day text, file text, size bigint, about text, keys text[]) RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    called text := (
        SELECT 'notice-' || day || '-' || lpad((coalesce(max(substring(a.name FROM '-([0-9]+)\.txt$')::int), 0) + 1)::text, 2, '0') || '.txt'
        FROM hub.answer a WHERE a.party = of_party AND a.kind = 'notice' AND a.name LIKE 'notice-' || day || '-%');
BEGIN
    IF about = 'box' THEN
        UPDATE hub.odd o SET notice = called WHERE o.party = of_party AND o.notice IS NULL AND o.name_hash = ANY (keys);
    ELSE
        UPDATE hub.return_wait w SET notice = called
        WHERE w.party = of_party AND w.notice IS NULL AND w.row_id || ' ' || w.code = ANY (keys);
    END IF;
    INSERT INTO hub.answer (party, kind, name, file_id, bytes) VALUES (of_party, 'notice', called, file, size);
END $$;
