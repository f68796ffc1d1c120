-- Import orders that are ready and would take their buyer over the year's limit are broken instead. One connection asks for
-- all, since a buyer's orders may lie in both lanes' shares. Parameter $1 today in Beijing (YYYYMMDD)
SELECT hub.break_over_quota(to_date($1, 'YYYYMMDD'))
