-- 0018_part_index: numbers of payments and waybills by an index that bears many of one number.
-- Locks: hub.payment, hub.waybill while their indexes are made. Way back: the hash indexes of 0001.

-- A hash index goes through all entries of a number to add one more: a file in which 150,000 payments had the number 0
-- took 10 s, twice as many four times as long.
DROP INDEX hub.payment_part, hub.waybill_part;
CREATE INDEX payment_part ON hub.payment (hashtextextended(part_key, 0));
CREATE INDEX waybill_part ON hub.waybill (hashtextextended(part_key, 0));
