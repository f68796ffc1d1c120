-- 0018_part_index: numbers of payments and waybills by an index that bears many of one number.
-- Locks: hub.payment, hub.waybill while their indexes are made. Way back: the hash indexes of 0001; DROP FUNCTION
-- hub.shared_numbers.

-- A hash index goes through all entries of a number to add one more: a file in which 150,000 payments had the number 0
-- took 10 s, twice as many four times as long.
DROP INDEX hub.payment_part, hub.waybill_part;
CREATE INDEX payment_part ON hub.payment (hashtextextended(part_key, 0));
CREATE INDEX waybill_part ON hub.waybill (hashtextextended(part_key, 0));

-- Numbers of `mine` that other rows of `things` have too, and who has them: the first two trades, since of a million that
-- share one each would meet all the others; for each of them one of the two is another.
CREATE FUNCTION hub.shared_numbers(mine text, things text)
    RETURNS TABLE (part_key text, trade_hash bigint, key_code text, order_no text)
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('
        WITH shared AS MATERIALIZED (
            SELECT DISTINCT part_key FROM %1$I mine
            WHERE EXISTS (SELECT 1 FROM hub.%2$I other
                          WHERE hashtextextended(other.part_key, 0) = hashtextextended(mine.part_key, 0)
                            AND other.part_key = mine.part_key AND other.row_id <> mine.row_id
                            AND other.current AND other.app_type <> ''3'')
        )
        SELECT part_key, trade_hash, key_code, order_no
        FROM (SELECT d.*, row_number() OVER (PARTITION BY part_key ORDER BY order_no, trade_hash, key_code) AS nth
              FROM (SELECT DISTINCT o.part_key, o.trade_hash, o.key_code, o.order_no
                    FROM shared k
                    JOIN hub.%2$I o ON hashtextextended(o.part_key, 0) = hashtextextended(k.part_key, 0)
                                   AND o.part_key = k.part_key
                    WHERE o.current AND o.app_type <> ''3'') d) n
        WHERE nth <= 2', mine, things);
END $$;
