-- What rules say of a partner's values, as far as it may be told: columns shift, and an amount may be a telephone. Faults of the
-- reader are masked there (formats/xsd/mask.h), those of rules here, all at once.
-- Takes stage_reject
UPDATE stage_reject SET seen = hub.shown(seen), want = hub.shown(want)
WHERE code >= 'E4' AND code < 'E5' AND code <> 'E4013' AND (seen <> hub.shown(seen) OR want <> hub.shown(want));
