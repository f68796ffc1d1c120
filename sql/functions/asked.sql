-- asked: which messages what is to be told asks for.

-- What hub.asked_message says, and of a report itself: those need no row there, their extract file says it. Of orders (trade, void) a row
-- that names no direction speaks of both.
CREATE OR REPLACE VIEW hub.asks AS
SELECT m.what, m.trade_mode, f.ie_flag, m.kind, m.after, m.valid_from, m.valid_until, m.folder, m.quota
FROM hub.asked_message m
JOIN (VALUES ('E'), ('I'), ('')) f (ie_flag)
    ON CASE WHEN m.what IN ('trade', 'void') AND m.ie_flag = '' THEN f.ie_flag <> '' ELSE f.ie_flag = m.ie_flag END
UNION ALL
SELECT DISTINCT 'report ' || kind, '', '', kind, '{}'::text[], date '0001-01-01', NULL::date, '', NULL::text FROM hub.report_period;

-- Modes of trade that some row names. What an order asks for stands under its mode where that is one of them, else under ''.
CREATE OR REPLACE VIEW hub.asked_mode AS SELECT DISTINCT trade_mode FROM hub.asked_message WHERE trade_mode <> '';

-- What is asked for of one agency's messages on a day (kinds NULL: of all there are). A row that names no mode speaks of each, and of modes
-- nobody names; of several rows of a kind the one that names the mode counts, then the agency's own, then the newest. What it gives goes into
-- a table of its own before trades are joined with it; whoever asks only which kinds there are joins hub.asks.
CREATE OR REPLACE FUNCTION hub.asks_on(agency text, day date, kinds text[])
    RETURNS TABLE (what text, trade_mode text, ie_flag text, kind text, quota text, after text[]) LANGUAGE sql STABLE
AS $$
    SELECT DISTINCT ON (m.what, o.trade_mode, m.ie_flag, m.kind) m.what, o.trade_mode, m.ie_flag, m.kind, m.quota, m.after
    FROM hub.asks m
    JOIN (SELECT trade_mode FROM hub.asked_mode UNION ALL SELECT '') o ON CASE WHEN m.what IN ('trade', 'void') THEN m.trade_mode IN (o.trade_mode, '') ELSE o.trade_mode = '' END
    WHERE m.folder IN ('', hub.folder_of(agency)) AND (kinds IS NULL OR m.kind = ANY (kinds))
      AND m.valid_from <= day AND (m.valid_until IS NULL OR m.valid_until > day)
    ORDER BY m.what, o.trade_mode, m.ie_flag, m.kind, m.trade_mode = '', m.folder = '', m.valid_from DESC
$$;

-- Which of an agency's documents a void takes back: those that one of its receipts says are withdrawn; where none does, all that trades ask
-- for. Of agencies that were told something. A view, since what asks stands on tables of trades: a set that is made once there.
CREATE OR REPLACE VIEW hub.voided_kind AS
SELECT DISTINCT a.agency, m.kind
FROM (SELECT DISTINCT agency, hub.folder_of(agency) AS folder FROM hub.bundle) a
JOIN (SELECT folder, withdraws AS kind, true AS withdrawn FROM hub.receipt_kind WHERE withdraws IS NOT NULL
      UNION ALL
      SELECT folder, kind, false FROM hub.asked_message WHERE what = 'trade') m ON m.folder IN ('', a.folder)
WHERE m.withdrawn
   OR NOT EXISTS (SELECT 1 FROM hub.receipt_kind k WHERE k.withdraws IS NOT NULL AND k.folder IN ('', a.folder));
