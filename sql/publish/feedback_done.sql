-- They are told by this file. Takes feedback_now, feedback_later, feedback_name
UPDATE hub.receipt r SET told = n.name
FROM feedback_name n
WHERE r.effect = 'held' AND r.told IS NULL AND r.message_guid IS NOT NULL
  AND EXISTS (SELECT 1 FROM feedback_now f WHERE f.unread AND f.receipt_hash = r.subject_hash AND f.receipt = r.row_id);
UPDATE hub.receipt r SET told = n.name
FROM feedback_name n
WHERE r.effect = 'applied' AND r.told IS NULL
  AND NOT EXISTS (SELECT 1 FROM feedback_later l WHERE l.receipt_hash = r.subject_hash AND l.receipt = r.row_id)
