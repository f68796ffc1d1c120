-- Amounts of the bundle's documents, for the manifest, in the order of its kinds. Setting hub.bundle_id
INSERT INTO written_sum (place, kind, currency, amount)
SELECT w.place, s.kind, s.currency, s.amount
FROM (SELECT kind, currency, trim_scale(sum(amount)) AS amount FROM hub.document
      WHERE bundle_id = current_setting('hub.bundle_id')::bigint AND amount IS NOT NULL
      GROUP BY kind, currency) s
JOIN (SELECT kind, max(place) AS place FROM written GROUP BY kind) w USING (kind)
