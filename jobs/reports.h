/*
 * reports.h - messages about a period: what their extract files say of it, when it is due.
 *
 * Shape    A section "-- report: PERIOD [after N days][, again: HOW][, back: N][, since: YYYYMMDD]"
 *          (form: sql/README.md, "Add a report"). reports_run() asks it of each period that is due;
 *          what is to be said is kept in hub.report and ready for its agency, which hears of it as of
 *          anything else. Each period is a transaction: killed between two the next run goes on.
 * Errors   A report that cannot be made costs only itself: it is logged, counted, kept in
 *          hub.report_period for status, and tried again by the next run. RC_RETRY ends it all.
 */
#ifndef LANDPORT_REPORTS_H
#define LANDPORT_REPORTS_H

#include "extract.h"
#include "job.h"
#include "sections.h"

struct report_when {
    const char *unit; /* day, month, quarter, half, year */
    int after;        /* days after its end */
    const char
        *again; /* how it is said once more: once (not at all), change, anew, negative, whole */
    int back;   /* the newest periods are asked each time: so many */
    const char *since; /* YYYYMMDD: none that ends before; NULL: any */
};

/* What the heading says. RC_FAIL ERR_EXTRACT, with file and line. */
rc_t report_parse(struct report_when *w, struct arena *a, const struct extract_part *section,
                  struct err *e);

/* The same, and where the database is open: has the query the columns it must have? */
rc_t report_check(struct hub *hub, struct arena *a, const struct extract_part *section,
                  struct err *e);

rc_t reports_run(struct job *job, const struct sections *s, struct err *e);

#endif
