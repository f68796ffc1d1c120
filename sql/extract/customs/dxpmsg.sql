-- DxpMsg: the transport message of the data exchange platform around one message.
-- Settings: hub.message_kind, hub.message_guid of that message; hub.sender, hub.receivers
-- (comma-separated), hub.app_time of the bundle. Source: ceb-messages 4.1

-- level:
SELECT 1 AS message_no, '1.0' AS ver

-- level: TransInfo
SELECT 1 AS message_no, (SELECT current_setting('hub.message_guid')) AS cop_msg_id,
       (SELECT current_setting('hub.sender')) AS sender_id,
       to_char(to_timestamp((SELECT current_setting('hub.app_time')), 'YYYYMMDDHH24MISS'),
               'YYYY-MM-DD"T"HH24:MI:SS') AS creat_time,
       (SELECT current_setting('hub.message_kind')) || 'Message' AS msg_type

-- level: TransInfo/ReceiverIds/ReceiverId
SELECT 1 AS message_no, receiver_id
FROM string_to_table((SELECT current_setting('hub.receivers')), ',') receiver_id
