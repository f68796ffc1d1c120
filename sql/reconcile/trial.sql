-- Trades that other rules are tried on (landport reconcile --dry-run): those judged since a time.
-- Settings hub.trial_since (timestamptz)     Leaves  touched (temporary)
CREATE TEMP TABLE touched ON COMMIT DROP AS
SELECT row_number() OVER ()::int AS tid, t.*
FROM (SELECT subject_hash, issuer, order_no FROM hub.trade
      WHERE checked_at >= (SELECT current_setting('hub.trial_since')::timestamptz)
      ORDER BY subject_hash) t;
ANALYZE touched (subject_hash);
