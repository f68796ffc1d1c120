-- A hundred nights out of one: everything that is declared and answered once more under other numbers, in batches and
-- bundles of its own. psql as the owner; :nights so many. For tests that ask what a night costs on a large archive.

CREATE FUNCTION pg_temp.spread(things text, over jsonb, more text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    names text;
    given text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
           string_agg(coalesce(over ->> attname, 't.' || quote_ident(attname)), ', ' ORDER BY attnum)
    INTO names, given
    FROM pg_attribute
    WHERE attrelid = ('hub.' || things)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('INSERT INTO hub.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM hub.%I t CROSS JOIN nights n %s',
                   things, names, given, things, more);
END $$;

CREATE TEMP TABLE nights AS SELECT generate_series(1, :nights) AS n;
CREATE TEMP TABLE trades AS
SELECT DISTINCT t.subject_hash AS old, n, hub.subject_hash(t.issuer, t.order_no || '-' || n) AS new
FROM (SELECT subject_hash, issuer, order_no FROM hub.trade UNION
      SELECT subject_hash, issuer, order_no FROM hub.payment UNION
      SELECT subject_hash, issuer, order_no FROM hub.waybill) t CROSS JOIN nights;
CREATE INDEX ON trades (old, n);
CREATE TEMP TABLE guids AS SELECT guid AS old, n, gen_random_uuid() AS new FROM hub.document CROSS JOIN nights;
CREATE INDEX ON guids (old, n);
ANALYZE nights, trades, guids;

SELECT pg_temp.spread('batch', '{"batch_id": "t.batch_id + n.n * 1000", "upload_id": "t.upload_id + n.n * 1000",
    "name": "t.name || n.n", "file_id": "encode(sha256((t.file_id || n.n)::bytea), ''hex'')"}');
SELECT pg_temp.spread('bundle', '{"bundle_id": "t.bundle_id + n.n * 1000", "seq": "t.seq + n.n", "name": "t.name || n.n"}');
SELECT pg_temp.spread('message', '{"bundle_id": "t.bundle_id + n.n * 1000", "guid": "gen_random_uuid()", "name": "t.name || n.n"}');
SELECT pg_temp.spread(things, '{"subject_hash": "m.new", "row_id": "t.row_id + (n.n * 1000::bigint << 32)",
    "batch_id": "t.batch_id + n.n * 1000", "order_no": "t.order_no || ''-'' || n.n", "part_key": "t.part_key || ''-'' || n.n",
    "pay_no": "t.pay_no || ''-'' || n.n", "logistics_no": "t.logistics_no || ''-'' || n.n"}',
    'JOIN trades m ON m.old = t.subject_hash AND m.n = n.n ORDER BY n.n, m.new')
FROM unnest('{trade_order,order_item,payment,waybill,trade,trade_break}'::text[]) things;
SELECT pg_temp.spread(things, '{"subject_hash": "m.new", "guid": "g.new", "first_guid": "NULL",
    "bundle_id": "t.bundle_id + n.n * 1000", "batch_id": "t.batch_id + n.n * 1000", "row_id": "t.row_id + (n.n * 1000::bigint << 32)",
    "receipt_id": "t.receipt_id + (n.n * 1000::bigint << 32)", "order_row": "t.order_row + (n.n * 1000::bigint << 32)",
    "payment_row": "t.payment_row + (n.n * 1000::bigint << 32)", "waybill_row": "t.waybill_row + (n.n * 1000::bigint << 32)",
    "order_no": "t.order_no || ''-'' || n.n", "pay_no": "t.pay_no || ''-'' || n.n", "logistics_no": "t.logistics_no || ''-'' || n.n"}',
    'JOIN trades m ON m.old = t.subject_hash AND m.n = n.n JOIN guids g ON g.old = t.guid AND g.n = n.n ORDER BY n.n, m.new')
FROM unnest('{document,receipt}'::text[]) things;

SELECT setval(pg_get_serial_sequence('hub.batch', 'batch_id'), (SELECT max(batch_id) FROM hub.batch)),
       setval(pg_get_serial_sequence('hub.bundle', 'bundle_id'), (SELECT max(bundle_id) FROM hub.bundle));
VACUUM ANALYZE;
