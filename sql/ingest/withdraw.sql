-- The whole of a file that was taken too early has been judged: what its half brought and it has not is withdrawn, be it a
-- row whose number was cut or one that is refused now. What it repeats stays. The partner is told, and what had been
-- declared goes the way of anything that is changed or voided.
-- Takes   stage_stored, stage_fate of ingest/versions.sql     Leaves  stage_withdrawn
-- Settings hub.batch_id, hub.rows

CREATE TEMP TABLE stage_withdrawn ON COMMIT DROP AS
SELECT a.subject_hash, a.issuer, a.number, a.part_key, a.row_id,
       EXISTS (SELECT 1 FROM hub.document d
               WHERE d.subject_hash = a.subject_hash
                 AND a.row_id IN (d.order_row, d.payment_row, d.waybill_row, d.source_row)) AS declared
FROM stage_stored a
WHERE a.batch_id = ANY ((SELECT hub.halves((SELECT current_setting('hub.batch_id')::bigint)))::bigint[])
  AND NOT EXISTS (SELECT 1 FROM stage_fate k
                  WHERE k.subject_hash = a.subject_hash AND k.issuer = a.issuer AND k.number = a.number
                    AND k.part_key = a.part_key AND k.fate IN ('repeat', 'closed'));

SELECT hub.withdraw((SELECT current_setting('hub.rows')));

UPDATE hub.batch b SET notices = notices || t.told
FROM (SELECT jsonb_agg(jsonb_build_object('code', code, 'seen', left(numbers, 200), 'want', rows::text)) AS told
      FROM (SELECT 'E3123' AS code, count(*) AS rows, string_agg(hub.shown(number), ', ' ORDER BY row_id) AS numbers FROM stage_withdrawn
            UNION ALL
            SELECT 'E3124', count(*), string_agg(hub.shown(number), ', ' ORDER BY row_id) FROM stage_withdrawn WHERE declared) g
      WHERE rows > 0) t
WHERE b.batch_id = (SELECT current_setting('hub.batch_id')::bigint) AND t.told IS NOT NULL;
