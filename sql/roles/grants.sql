-- What each role may do, and no more: the one place that says it. Run by init as the owner after tables, functions and rows of files, each time.
--   job     reads all, changes the rows of the tables below; no TRUNCATE, no DDL. What is only ever added to it cannot change, and
--           neither what files bring (rules, codes, limits): a table that is not below it reads.
--   reader  reads all but what is sealed (the comment of the column), keys of persons and stored files, and no view that reads those:
--           it would show them under whatever name.
-- Settings hub.job_role, hub.reader_role
DO $$
DECLARE
    job name := (SELECT current_setting('hub.job_role'));
    reader name := (SELECT current_setting('hub.reader_role'));
    role name;
    t record;
BEGIN
    IF job = reader OR current_user IN (job, reader) THEN
        RAISE EXCEPTION 'owner, job and reader must be three roles, not %, % and %', current_user, job, reader
            USING HINT = 'name others with database { owner job-role reader-role }';
    END IF;
    FOREACH role IN ARRAY ARRAY[job, reader] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
            CONTINUE;
        END IF;
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            -- so that this login can take it on, until it has one of its own
            EXECUTE format('GRANT %I TO CURRENT_USER', role);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'there is no role %, and % may not make it', role, current_user
                USING HINT = format('an administrator does: CREATE ROLE %I LOGIN', role);
        END;
    END LOOP;

    IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
        EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), job);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), reader);
    END IF;
    EXECUTE format('REVOKE ALL ON SCHEMA hub FROM PUBLIC, %I, %I', job, reader);
    EXECUTE format('GRANT USAGE ON SCHEMA hub TO %I, %I', job, reader);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA hub FROM PUBLIC, %I, %I', job, reader);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA hub TO %I', job);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA hub GRANT SELECT ON TABLES TO %I', job);

    FOR t IN SELECT * FROM (VALUES
        -- only ever added to
        ('audit', 'INSERT'), ('quota_ledger', 'INSERT'), ('delivery', 'INSERT'), ('archive_file', 'INSERT'), ('known_issuer', 'INSERT'),
        -- what was told and answered: added, and what became of it; documents of a bundle that is not closed are made anew
        ('bundle', 'INSERT, UPDATE (kinds, lacks, state, file_id, bytes, signature, seal, closed_at, offered_at, documents, proof, published_at, archived, answered)'),
        ('message', 'INSERT, DELETE, UPDATE (name, bytes, sha256, signature)'),
        ('document', 'INSERT, DELETE, UPDATE (doc_no, resend, state, state_at, receipt_id, closed, pre_no, invt_no)'),
        ('receipt', 'INSERT, DELETE, UPDATE (told, cleared_at)'),
        ('bundle_sum', 'INSERT, DELETE'), ('bundle_goods', 'INSERT, DELETE'), ('bundle_waybill', 'INSERT, DELETE'), ('delivered_file', 'INSERT, DELETE'),
        ('aside', 'INSERT, DELETE, UPDATE (state, ended_at)'),
        ('answer', 'INSERT, UPDATE (state, proof, published_at, recalled, file_id, bytes)'),
        -- jobs, drop boxes, files
        ('job_run', 'INSERT, UPDATE'), ('visit', 'INSERT, UPDATE, DELETE'), ('seen', 'INSERT, UPDATE, DELETE'),
        ('upload_habit', 'INSERT, UPDATE'), ('batch', 'INSERT, UPDATE'), ('watch', 'INSERT, UPDATE, DELETE'),
        ('odd', 'INSERT, UPDATE, DELETE'), ('reject', 'INSERT, DELETE'), ('reject_untold', 'INSERT, DELETE'), ('totals', 'INSERT, UPDATE'),
        ('damaged_file', 'INSERT, UPDATE, DELETE'),
        -- rows of feeds
        ('trade_order', 'INSERT, DELETE, UPDATE (current, digest)'), ('order_item', 'INSERT, DELETE, UPDATE (row_id)'),
        ('import_order', 'INSERT, DELETE'), ('import_item', 'INSERT, DELETE'),
        ('payment', 'INSERT, DELETE, UPDATE (current)'), ('waybill', 'INSERT, DELETE, UPDATE (current)'),
        ('goods', 'INSERT, DELETE, UPDATE (current)'), ('tally', 'INSERT, DELETE, UPDATE (current)'),
        ('waybill_status', 'INSERT, DELETE, UPDATE (current)'),
        ('departure', 'INSERT, DELETE, UPDATE (current, digest)'), ('departure_item', 'INSERT, DELETE, UPDATE (row_id)'),
        ('entry', 'INSERT, DELETE, UPDATE (current, digest)'), ('entry_item', 'INSERT, DELETE, UPDATE (row_id)'),
        ('goods_return', 'INSERT, DELETE, UPDATE (current, digest)'), ('return_item', 'INSERT, DELETE, UPDATE (row_id)'),
        -- what follows from them
        ('trade', 'INSERT, UPDATE'), ('trade_break', 'INSERT, DELETE'), ('ready', 'INSERT, UPDATE, DELETE'),
        ('attention', 'INSERT, DELETE'), ('return_wait', 'INSERT, DELETE, UPDATE (notice)'), 
        ('report', 'INSERT, UPDATE (current), DELETE'), ('report_period', 'INSERT, UPDATE'), ('report_open', 'INSERT, UPDATE, DELETE'),
        ('touch_again', 'INSERT, UPDATE (touch_id), DELETE'), ('missing_rate', 'INSERT, DELETE'),
        -- landport rate import
        ('exchange_rate', 'INSERT, UPDATE'), ('import_rate', 'INSERT, UPDATE')
    ) r (name, rights) LOOP
        EXECUTE format('GRANT %s ON hub.%I TO %I', t.rights, t.name, job);
    END LOOP;
    -- of feeds whose tables init makes (init/feeds.sql)
    FOR t IN SELECT relname AS name, relname LIKE 'rows\_%' AS things FROM pg_class
             WHERE relnamespace = 'hub'::regnamespace AND relkind IN ('r', 'p') AND (relname LIKE 'rows\_%' OR relname LIKE 'lines\_%') LOOP
        EXECUTE format('GRANT INSERT, DELETE, UPDATE (%s) ON hub.%I TO %I', CASE WHEN t.things THEN 'current, digest' ELSE 'row_id' END, t.name, job);
    END LOOP;

    FOR t IN
        WITH RECURSIVE withheld AS (
            SELECT k.oid, a.attnum
            FROM pg_class k JOIN pg_attribute a ON a.attrelid = k.oid AND a.attnum > 0
            WHERE k.relnamespace = 'hub'::regnamespace AND k.relkind IN ('r', 'p')
              AND (col_description(k.oid, a.attnum) = 'sealed'
                   OR (k.relname, a.attname) IN (VALUES ('quota_ledger'::name, 'person'::name), ('archive_file', 'data'), ('archive_file', 'salt')))
        ), reads AS ( -- what views read: 0 is a table as such, with which a row as a whole (varattno 0) is all its columns
            SELECT r.ev_class, d.refobjid, d.refobjsubid, r.ev_action::text ~ ':varattno 0 ' AS rows
            FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        ), telling AS (
            SELECT v.ev_class FROM reads v JOIN withheld w ON w.oid = v.refobjid AND (w.attnum = v.refobjsubid OR v.rows AND v.refobjsubid = 0)
            UNION
            SELECT v.ev_class FROM telling o JOIN reads v ON v.refobjid = o.ev_class
        )
        SELECT c.relname AS name, string_agg(quote_ident(a.attname), ', ') AS columns
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'hub'::regnamespace AND c.relkind IN ('r', 'p', 'v')
          AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.oid = c.oid AND w.attnum = a.attnum)
          AND c.oid NOT IN (SELECT ev_class FROM telling)
        GROUP BY c.relname
    LOOP
        EXECUTE format('GRANT SELECT (%s) ON hub.%I TO %I', t.columns, t.name, reader);
    END LOOP;

    -- These run as their owner, so only who needs them may.
    FOR t IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'hub'::regnamespace AND prosecdef LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', t.name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', t.name, job);
    END LOOP;
END $$
