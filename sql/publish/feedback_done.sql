-- They are told by this file. Takes feedback_now, feedback_name
UPDATE hub.receipt r SET told = n.name
FROM feedback_name n
WHERE r.effect = 'applied' AND r.told IS NULL
