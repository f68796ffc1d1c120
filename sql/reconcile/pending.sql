-- Is there anything to do?
SELECT 1 FROM hub.batch WHERE state = 'loaded' AND NOT reconciled LIMIT 1
