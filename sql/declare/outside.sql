-- What a kind names that is neither ready nor the thing of today, and what it names twice. Takes named, named_twice
SELECT (SELECT count(*) FROM named n
        WHERE n.subject_hash NOT IN (SELECT subject_hash FROM ready_now UNION ALL SELECT subject_hash FROM things_now)) AS outside,
       (SELECT count(*) FROM named_twice) AS twice
