-- Trades whose verdict other rules would move (reconcile/trial.sql), and how many of them are declared.
SELECT b.verdict, v.verdict AS would_be, count(*) AS trades,
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM hub.document d WHERE d.subject_hash = v.subject_hash AND d.order_row = v.order_row)) AS declared
FROM verdicts v JOIN verdicts_before b USING (subject_hash, issuer, order_no)
WHERE v.verdict <> b.verdict
GROUP BY b.verdict, v.verdict
ORDER BY b.verdict, v.verdict;
