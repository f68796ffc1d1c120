-- Trades that have waited too long. Parameters: $1 now (timestamptz), $2 days
UPDATE hub.trade SET verdict = 'overdue', since = $1::timestamptz, checked_at = $1::timestamptz
WHERE verdict = 'waiting' AND since < $1::timestamptz - make_interval(days => $2::int)
