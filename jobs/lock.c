#include "lock.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/process.h"
#include "sql/statements.h"

#define WAIT_MS  3000
#define PAUSE_MS 100

const char *
lock_name(const struct job *job, struct arena *a, const char *party)
{
    return party ? arena_printf(a, "job:%s:%s", job->name, party)
                 : arena_printf(a, "job:%s", job->name);
}

/* A killed process' session may be in the middle of a statement, and would not hear of it before that ends. Who may not end
 * it waits. */
static void
end_session(struct db *db, struct arena *a, const char *name, const char *run,
            const struct process *p)
{
    (void)db_exec(db, SQL_REPORT_HOLDER_END,
                  DB_ARGS(name, run, db_number(a, p->pid), db_number(a, p->born)), NULL, NULL);
}

/* Who has it, in words; *waits: it may be about to let go. A killed run's session takes a moment to end, and so does one
 * whose process cannot be looked at; one that lives keeps it for as long as its work takes. */
static const char *
holder(struct db *db, struct arena *a, const char *name, bool *waits)
{
    struct process p = {.pid = 0};
    enum process_state state;
    struct db_result *r;

    *waits = true;
    if (db_query(db, a, SQL_REPORT_HOLDER, DB_ARGS(name), &r, NULL) != RC_OK || !r->rows ||
        !db_value(r, 0, "run_id"))
        return "in another session of the database";
    snprintf(p.host, sizeof p.host, "%s", db_text(r, 0, "host"));
    snprintf(p.system, sizeof p.system, "%s", db_text(r, 0, "system"));
    p.pid = db_int(r, 0, "pid");
    p.born = db_int(r, 0, "born");
    state = process_state(&p);
    *waits = state != PROCESS_LIVES;
    if (state == PROCESS_GONE)
        end_session(db, a, name, db_text(r, 0, "run_id"), &p);
    return arena_printf(a, "in run %s, process %s of %s, since %s", db_text(r, 0, "run_id"),
                        db_text(r, 0, "pid"), p.host, db_text(r, 0, "since"));
}

rc_t
lock_take(const struct job *job, struct db *db, const char *party, struct err *e)
{
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    struct arena *a = arena_new("lock");
    const char *name = lock_name(job, a, party), *who = "";
    int64_t until = clock_ms() + WAIT_MS;
    bool got = false, waits = true;
    rc_t rc;

    while ((rc = db_try_lock(db, name, &got, e)) == RC_OK && !got) {
        who = holder(db, a, name, &waits);
        if (!waits || clock_ms() >= until)
            break;
        nanosleep(&pause, NULL);
    }
    if (rc == RC_OK && !got)
        rc = err_set(e, RC_RETRY, ERR_LOCKED, "%s%s%s is at work already, %s", job->name,
                     party ? " of " : "", party ? party : "", who);
    arena_free(&a);
    return rc;
}

void
lock_give(const struct job *job, struct db *db, const char *party)
{
    struct arena *a = arena_new("lock");

    db_rollback(
        db); /* in a transaction that failed the server would not hear of it, and the lock would stay */
    (void)db_unlock(db, lock_name(job, a, party), NULL);
    arena_free(&a);
}

rc_t
lock_sign(const struct job *job, struct db *db, struct err *e)
{
    struct arena *a = arena_new("lock");
    struct process self;
    rc_t rc;

    process_self(&self); /* a party's child is not the run's process, and may end before it */
    rc = db_set(db, "application_name",
                arena_printf(a, "landport run %lld process %lld born %lld", (long long)job->run_id,
                             (long long)self.pid, (long long)self.born),
                e);

    arena_free(&a);
    return rc;
}
