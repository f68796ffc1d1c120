-- 0013_order: a list refers to documents that are accepted. It counts for agencies with order = "accepted".
-- Locks: hub.message_rule. Way back: UPDATE hub.message_rule SET after = '{}' WHERE kind IN ('CEB603', 'CEB621').
UPDATE hub.message_rule SET after = '{CEB303,CEB505}', source = source || '; after: X-02, X-03'
WHERE what = 'trade' AND kind = 'CEB603';
UPDATE hub.message_rule SET after = '{CEB311,CEB411,CEB511}', source = source || '; after: M-03, M-06, 6.6'
WHERE what = 'trade' AND kind = 'CEB621';
