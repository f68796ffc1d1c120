-- What rules say of a partner's values, as far as it may be told: columns shift, and an amount may be a telephone. Faults of the
-- reader are masked there (formats/xsd/mask.h), those of rules here, all at once. E4061 and E4110 want what a message asks for.
-- Takes stage_reject
UPDATE stage_reject SET seen = hub.shown(seen), want = CASE WHEN code IN ('E4061', 'E4110') THEN want ELSE hub.shown(want) END
WHERE code >= 'E4' AND code < 'E5' AND code <> 'E4013' AND (seen <> hub.shown(seen) OR want <> hub.shown(want));
