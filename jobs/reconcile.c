/*
 * reconcile.c - a verdict for every trade that was touched since last time.
 *
 * One transaction: keys, breaks, verdicts, what agencies must be told, and the batches' mark.
 */
#include <stdio.h>

#include "clock.h"
#include "fault.h"
#include "job.h"
#include "log.h"
#include "statements.h"

static rc_t
parameters(struct hub *hub, struct arena *a, struct err *e)
{
    const struct conf *c = hub->conf;
    char date[9], iso[21];
    int cutoff = conf_cutoff(c);
    rc_t rc;

    clock_business_date(clock_now(), c->zone.timezone, cutoff, date);
    clock_iso(clock_now(), iso);
    if ((rc = db_set(hub->db, "hub.tolerance", c->reconcile.tolerance, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.slack_days", arena_printf(a, "%u", c->reconcile.slack_days),
                     e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.business_date", date, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.agencies", conf_agencies(c, a), e)) != RC_OK)
        return rc;
    return db_set(hub->db, "hub.now", iso, e);
}

static rc_t
count(struct job *job, struct arena *a, struct err *e)
{
    struct db_result *r;
    rc_t rc =
        db_query(job->hub->db, a, "SELECT verdict, count(*) FROM verdicts GROUP BY 1 ORDER BY 1",
                 DB_NONE, &r, e);

    for (int i = 0; rc == RC_OK && i < r->rows; i++)
        job_count(job, arena_str(job->hub->arena, db_text(r, i, 0)), db_int(r, i, 1));
    return rc;
}

static rc_t
verdicts(struct job *job, struct arena *a, struct err *e)
{
    const char *const steps[] = {SQL_RECONCILE_TOUCHED, SQL_RECONCILE_BREAKS,
                                 SQL_RECONCILE_VERDICTS};
    struct db *db = job->hub->db;
    struct db_result *r;
    rc_t rc = db_query(db, a, SQL_RECONCILE_PENDING, DB_NONE, &r, e);

    if (rc != RC_OK || !r->rows)
        return rc;
    if ((rc = db_exec(db, "SELECT hub.refresh_statistics()", DB_NONE, NULL, e)) != RC_OK)
        return rc;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if ((rc = db_script(db, a, steps[i], NULL, e)) != RC_OK)
            return rc;
        fault_point("reconcile-step");
    }
    return count(job, a, e);
}

rc_t
reconcile_run(struct job *job, struct err *e)
{
    struct arena *a = arena_new("reconcile");
    struct db *db = job->hub->db;
    char iso[21];
    uint64_t overdue = 0;
    rc_t rc;

    if ((rc = parameters(job->hub, a, e)) != RC_OK || (rc = db_begin(db, e)) != RC_OK ||
        (rc = verdicts(job, a, e)) != RC_OK)
        goto out;
    rc = db_exec(db, SQL_RECONCILE_OVERDUE,
                 DB_ARGS(clock_iso(clock_now(), iso),
                         arena_printf(a, "%u", job->hub->conf->reconcile.overdue_days)),
                 &overdue, e);
    if (rc == RC_OK)
        rc = db_commit(db, e);
    fault_point("reconcile-committed");
    if (overdue)
        job_count(job, "overdue", (int64_t)overdue);
out:
    db_rollback(db);
    arena_free(&a);
    return rc;
}
