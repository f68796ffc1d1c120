-- They are told by this file. Takes feedback_taken, feedback_now, feedback_later, feedback_name
UPDATE hub.receipt r SET told = n.name
FROM feedback_name n,
     (SELECT t.subject_hash, t.row_id
      FROM feedback_taken t
      WHERE NOT EXISTS (SELECT 1 FROM feedback_later l WHERE l.receipt_hash = t.subject_hash AND l.receipt = t.row_id)
        AND (t.effect = 'applied' OR EXISTS (SELECT 1 FROM feedback_now f WHERE f.unread AND f.receipt_hash = t.subject_hash AND f.receipt = t.row_id))) t
WHERE r.subject_hash = t.subject_hash AND r.row_id = t.row_id AND r.told IS NULL
