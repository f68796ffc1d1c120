-- The payments are stored already: take out what is in stage_skip; sums for the ack.
-- Parameter  hub.batch_id

SELECT hub.supersede('payment');

SELECT hub.take_out('stage_payment', 'payment', NULL);

CREATE TEMP TABLE stage_sums ON COMMIT DROP AS
SELECT issuer, coalesce(pay_code, pay_name) AS part_issuer, currency, sum(charge) AS charge FROM stage_payment s
WHERE NOT bad AND subject_hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stage_skip k WHERE k.line = s.line)
GROUP BY 1, 2, 3;

UPDATE hub.batch SET sums = (
    SELECT coalesce(jsonb_object_agg('charge ' || currency, charge::text), '{}')
    FROM (SELECT currency, trim_scale(sum(charge)) AS charge FROM stage_sums GROUP BY currency) c)
WHERE batch_id = (SELECT current_setting('hub.batch_id')::bigint);

INSERT INTO hub.known_issuer
SELECT DISTINCT 'payment', n.numbers, n.code
FROM stage_sums s CROSS JOIN LATERAL (VALUES ('order', s.issuer), ('part', s.part_issuer)) n (numbers, code)
ON CONFLICT DO NOTHING;
