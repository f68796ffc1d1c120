-- Documents that are aside, or wait for their kind, are given up (hub.give_up). Parameters as in report/aside_retry.sql
SELECT hub.give_up($1, $2, $3, $4, $5, $6::timestamptz) AS count
