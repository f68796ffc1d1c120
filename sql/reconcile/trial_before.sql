-- What the rules that hold say of the trades of a trial, put beside for what other rules say.
-- Takes    breaks, verdicts, lacks     Leaves  breaks_before, verdicts_before (temporary)
ALTER TABLE breaks RENAME TO breaks_before;
ALTER TABLE verdicts RENAME TO verdicts_before;
DROP TABLE lacks;
