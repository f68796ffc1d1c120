-- The messages of one kind, at most so many documents each, and the sums of their amounts.
-- Settings hub.bundle_id, hub.kind, hub.zone, hub.per_message
CREATE TEMP TABLE assigned ON COMMIT DROP AS
SELECT currency, count(*) AS documents, trim_scale(sum(amount)) AS amount
FROM hub.document
WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND kind = (SELECT current_setting('hub.kind'))
GROUP BY currency;

INSERT INTO hub.bundle_sum (bundle_id, kind, currency, amount)
SELECT (SELECT current_setting('hub.bundle_id')::bigint), (SELECT current_setting('hub.kind')), currency, amount
FROM assigned WHERE amount IS NOT NULL;

INSERT INTO hub.message (bundle_id, kind, message_no, guid, documents)
SELECT b.bundle_id, s.kind, n,
       hub.guid((SELECT current_setting('hub.zone')), b.agency, s.kind, b.name, n::text, '', '1'),
       least(s.size, d.documents - (n - 1) * s.size)
FROM hub.bundle b,
     (SELECT current_setting('hub.kind') AS kind, (SELECT current_setting('hub.per_message')::bigint) AS size) s,
     (SELECT coalesce(sum(documents), 0)::bigint AS documents FROM assigned) d,
     generate_series(1, (d.documents + s.size - 1) / s.size) n
WHERE b.bundle_id = (SELECT current_setting('hub.bundle_id')::bigint);

DROP TABLE assigned
