-- Trades are judged anew by the next reconcile, since a rule is another (hub.judge_again). Parameters $1 the rule's code (NULL: any), $2 since
-- (NULL: whenever), $3 who, $4 reason, $5 now
SELECT hub.judge_again($1, $2::timestamptz, $3, $4, $5::timestamptz) AS count
