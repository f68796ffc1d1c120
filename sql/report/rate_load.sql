-- The rows of rate_row become rates (hub.load_rates). Parameters $1 who, $2 the file, $3 reason, $4 now
SELECT rows, loaded FROM hub.load_rates($1, $2, $3, $4::timestamptz)
