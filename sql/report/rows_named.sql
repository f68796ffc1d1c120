-- What rows of files name and other files have: messages (an XSD of the folder, or any), feeds (an XSD of formats/feed), which who asks
-- looks for, and what is known here not to be there: kinds of receipts, modes of trade. place: file and first line with that word.
WITH named (file, folder, column_name, value, sort, rest) AS (
    SELECT 'asked_message', folder, 'kind', kind, 'message', '' FROM hub.asked_message
    UNION
    SELECT 'asked_message', folder, 'after', unnest(after), 'message', '' FROM hub.asked_message
    UNION
    SELECT 'asked_message', folder, 'what', regexp_replace(what, '^void ', ''), 'feed',
           '; what is trade, void, the name of a feed, or void and the name of a feed'
    FROM hub.asked_message
    WHERE what NOT IN ('trade', 'void') AND regexp_replace(what, '^void ', '') NOT IN (SELECT t.what FROM hub.feed_table t)
    UNION
    SELECT 'asked_message', folder, 'trade_mode', trade_mode, 'mode of trade', '; trade_mode.tsv has them'
    FROM hub.asked_message WHERE trade_mode NOT IN (SELECT m.trade_mode FROM hub.trade_mode m) AND trade_mode <> ''
    UNION
    SELECT 'receipt_kind', folder, 'withdraws', withdraws, 'message', '' FROM hub.receipt_kind WHERE withdraws <> ''
    UNION
    SELECT 'return_code', c.folder, 'kind', c.kind, 'kind of receipt', '; receipt_kind.tsv of its folder has them'
    FROM hub.return_code c
    WHERE c.kind <> '' AND c.folder <> ''
      AND NOT EXISTS (SELECT 1 FROM hub.receipt_kind k WHERE k.kind = c.kind AND k.folder IN (c.folder, ''))
    UNION
    SELECT 'return_field', folder, 'feed', feed, 'feed', '' FROM hub.return_field
    UNION
    SELECT 'part_kind', '', 'kind', kind, 'message', '' FROM hub.part_kind
    UNION
    SELECT 'feed_direction', 'feed', 'feed', feed, 'feed', '' FROM hub.feed_direction)
SELECT n.folder, n.column_name, n.value, n.sort, n.rest, coalesce(i.name || ':' || (
           SELECT min(t.line) FROM string_to_table(i.content, E'\n') WITH ORDINALITY t (said, line)
           WHERE n.value = ANY (regexp_split_to_array(regexp_replace(t.said, '^void |\tvoid ', E'\t'), E'[\t,\r]'))), i.name, 'hub.' || n.file) AS place
FROM named n
LEFT JOIN hub.installed i ON i.name = 'formats/' || n.folder || '/' || n.file || '.tsv'
WHERE n.value <> ''
ORDER BY n.file, n.folder, n.column_name, n.value
