-- Up to three trades of each move (reconcile/trial.sql) and of each break that is new or gone.
SELECT order_no, issuer, verdict, would_be, change, code, seen, want
FROM (SELECT t.order_no, t.issuer, b.verdict, v.verdict AS would_be, c.change, c.code, c.seen, c.want,
             row_number() OVER (PARTITION BY b.verdict, v.verdict, c.change, c.code ORDER BY t.order_no, t.issuer) AS n
      FROM (SELECT 'new' AS change, x.* FROM (SELECT * FROM breaks EXCEPT SELECT * FROM breaks_before) x
            UNION ALL
            SELECT 'gone', x.* FROM (SELECT * FROM breaks_before EXCEPT SELECT * FROM breaks) x) c
      JOIN touched t USING (tid)
      JOIN verdicts v USING (subject_hash, issuer, order_no)
      JOIN verdicts_before b USING (subject_hash, issuer, order_no)) e
WHERE n <= 3
ORDER BY verdict, would_be, code, change, order_no, issuer;
