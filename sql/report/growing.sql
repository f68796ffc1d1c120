-- Who uploads under the name that is picked up, of the last thirty days: files that were seen growing.
-- Setting hub.now
SELECT party AS partner, times, date_trunc('second', last_at) AS last, last_name AS file,
       'upload as ' || last_name || '.part and rename it, or ready = "marker"' AS advice
FROM hub.upload_habit
WHERE last_at > (SELECT current_setting('hub.now')::timestamptz) - interval '30 days'
ORDER BY party
