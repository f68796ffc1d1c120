-- What was kept beside and what is there now are joined by key: without this for each row anew.
ANALYZE touched, breaks, breaks_before, verdicts, verdicts_before;
