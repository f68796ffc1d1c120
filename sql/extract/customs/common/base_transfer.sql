-- The root of a message, and who transmits it: the same in all of them. Setting hub.kind: which message it is.
-- Source: ceb-messages, BaseTransfer; design section 5 (what comes from the configuration)

-- level:
SELECT message_no, upper(guid::text COLLATE "C") AS guid, '1.0' AS version
FROM hub.message
WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND kind = (SELECT current_setting('hub.kind'))
ORDER BY message_no

-- level: BaseTransfer
SELECT message_no, (SELECT current_setting('hub.cop_code')) AS cop_code,
       (SELECT current_setting('hub.cop_name')) AS cop_name, 'DXP' AS dxp_mode,
       (SELECT current_setting('hub.dxp_id')) AS dxp_id
FROM hub.message
WHERE bundle_id = (SELECT current_setting('hub.bundle_id')::bigint) AND kind = (SELECT current_setting('hub.kind'))
ORDER BY message_no
