#include "party.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sql/statements.h"
#include "table.h"

/* How a party's part of the job ended (hub.visit). */
enum outcome { WELL, AWAY, BROKEN };

struct worker {
    pid_t pid;
    int fd; /* counts come here */
    struct party party;
    int64_t started_ms;
};

/* What a child tells before it ends. */
struct report {
    enum outcome outcome;
    err_code_t code;
    char error[1024]; /* "" : none */
    bool rejects, retry;
    uint32_t count;
    struct {
        char name[24];
        int64_t value;
    } counts[16];
};

/* Is the fault the party's own: its server, its key, its file? Then nobody else is held up by it. */
static enum outcome
outcome_of(rc_t rc, err_code_t code)
{
    static const err_code_t theirs[] = {ERR_SFTP,   ERR_SFTP_AWAY, ERR_SFTP_SLOW, ERR_HOST_KEY,
                                        ERR_VERIFY, ERR_SFTP_KEY,  ERR_IN_MOTION, ERR_CONFIG,
                                        ERR_FETCH,  ERR_FETCH_SIGN};

    if (rc == RC_OK || rc == RC_REJECT)
        return WELL;
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
        if (code == theirs[i])
            return AWAY;
    return BROKEN;
}

static void
send_report(int fd, const struct job *job, rc_t rc, const struct err *e)
{
    struct report r = {.outcome = outcome_of(rc, e->code),
                       .code = e->code,
                       .rejects = job->rejects,
                       .retry = job->retry};

    if (r.outcome != WELL)
        (void)span_show(r.error, sizeof r.error, span_of(e->text)); /* a server's words are in it */

    for (size_t i = 0; i < 16 && job->counts[i].name; i++) {
        snprintf(r.counts[i].name, sizeof r.counts[i].name, "%s", job->counts[i].name);
        r.counts[i].value = job->counts[i].value;
        r.count++;
    }
    if (write(fd, &r, sizeof r) != sizeof r)
        log_warn("counts were lost: %s", strerror(errno));
}

rc_t
party_link(struct visit *v, struct err *e)
{
    const struct conf_dropbox *box = v->party.box;
    struct sftp_site site = {box->url, box->key,           box->known_hosts,
                             0,        box->idle_s * 1000, box->rate};

    return sftp_open(&v->link, &site, e);
}

static rc_t
visit_party(struct job *job, const struct party *p, const struct party_round *t, struct err *e)
{
    struct visit v = {.hub = job->hub, .party = *p, .job = job, .ctx = t->ctx};
    rc_t rc;

    job->hub->db = NULL; /* the parent's connection is not ours */
    if ((rc = hub_open_db(job->hub, e)) == RC_OK)
        rc = t->visit(&v, e);
    sftp_close(&v.link);
    db_close(&job->hub->db);
    return rc;
}

static void
child_main(struct job *whole, pid_t parent, const struct party *p, const struct party_round *t,
           int out)
{
    struct job job = {.hub = whole->hub, .name = whole->name};
    struct err e = {0};
    rc_t rc;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(err_exit(RC_RETRY)); /* it died before we asked to be told, and its lock with it */
    log_field(p->agency ? "agency" : "partner", p->id);
    rc = visit_party(&job, p, t, &e);
    if (rc != RC_OK)
        log_err(rc == RC_RETRY ? LOG_WARN : LOG_ERROR, &e);
    send_report(out, &job, rc, &e);
    _exit(err_exit(rc));
}

static rc_t
start(struct worker *w, struct job *job, const struct party *p, const struct party_round *t,
      struct err *e)
{
    pid_t parent = getpid();
    int ends[2];

    if (pipe(ends))
        return err_set(e, RC_RETRY, ERR_SYSTEM, "pipe: %s", strerror(errno));
    w->pid = fork();
    if (w->pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return err_set(e, RC_RETRY, ERR_SYSTEM, "fork: %s", strerror(errno));
    }
    if (!w->pid) {
        close(ends[0]);
        child_main(job, parent, p, t, ends[1]);
    }
    close(ends[1]);
    w->fd = ends[0];
    w->party = *p;
    w->started_ms = clock_ms();
    return RC_OK;
}

/* One that ended without a word left something undone, whoever it was that ended it. */
static void
add_report(struct job *job, struct worker *w, struct report *late, struct buf *visits)
{
    static const char *const names[] = {[WELL] = "well", [AWAY] = "away", [BROKEN] = "broken"};
    struct report r = {.outcome = BROKEN, .error = "its process was killed"};
    char code[8];

    if (late) {
        r = *late;
    } else if (read(w->fd, &r, sizeof r) == (ssize_t)sizeof r) {
        for (uint32_t i = 0; i < r.count && i < 16; i++)
            job_count(job, arena_str(job->hub->arena, r.counts[i].name), r.counts[i].value);
        job->rejects |= r.rejects;
        job->retry |= r.retry;
    }
    close(w->fd);
    buf_str(visits, visits->n ? ", [" : "[");
    json_string(visits, w->party.id);
    buf_printf(visits, ", \"%s\", ", names[r.outcome]);
    json_string(visits, *r.error ? r.error : NULL);
    buf_str(visits, ", ");
    json_string(visits, r.code != ERR_NONE ? err_name(r.code, code) : NULL);
    buf_str(visits, "]");
}

static rc_t
rc_of(int status)
{
    if (!WIFEXITED(status))
        return RC_RETRY; /* killed: what it began is done again */
    switch (WEXITSTATUS(status)) {
    case 0:
        return RC_OK;
    case 65:
        return RC_REJECT;
    case 75:
        return RC_RETRY;
    default:
        return RC_FAIL;
    }
}

/* A round at work. */
struct round {
    struct job *job;
    const struct party_round *of;
    struct worker workers[PARTY_PLACES];
    struct buf visits; /* JSON: how each party's part ended */
    rc_t worst;
};

/* A drop box may be served for so long; what has none, as long as any. */
static uint32_t
deadline_s(const struct round *r, const struct worker *w)
{
    return r->of->links ? w->party.box->visit_s : PARTY_DEADLINE_S;
}

/* True when the worker has ended; one past its deadline is ended. */
static bool
reap(struct round *r, struct worker *w)
{
    struct report late = {.outcome = r->of->links ? AWAY : BROKEN};
    bool is_late = false;
    int status;
    rc_t rc;

    if (waitpid(w->pid, &status, WNOHANG) == 0) {
        if (clock_ms() - w->started_ms < (int64_t)deadline_s(r, w) * 1000)
            return false;
        snprintf(late.error, sizeof late.error, "no end after %u s, stopped", deadline_s(r, w));
        log_warn("%s: %s", w->party.id, late.error);
        kill(w->pid, SIGKILL);
        waitpid(w->pid, &status, 0);
        is_late = true;
    }
    add_report(r->job, w, is_late ? &late : NULL, &r->visits);
    rc = rc_of(status);
    if (rc == RC_RETRY)
        r->job->retry = true;
    else if (rc > r->worst)
        r->worst = rc;
    w->pid = 0;
    return true;
}

/* How many run; *holding: how many of them keep others from a place. */
static int
look(struct round *r, int *holding)
{
    int running = 0, patience_ms = r->of->patience_ms;

    *holding = 0;
    for (struct worker *w = r->workers; w < r->workers + PARTY_PLACES; w++)
        if (w->pid && !reap(r, w)) {
            running++;
            *holding += !patience_ms || clock_ms() - w->started_ms < patience_ms;
        }
    return running;
}

static void
wait_for_place(struct round *r)
{
    int holding;

    while (look(r, &holding) == PARTY_PLACES || holding >= r->of->at_once)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
}

static void
wait_for_all(struct round *r)
{
    int holding;

    while (look(r, &holding) > 0)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
}

struct waiting {
    struct party party;
    uint64_t work;
    uint32_t place; /* in the configuration */
};

static int
by_work(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;

    if (x->work != y->work)
        return x->work > y->work ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

/* Those with something to do, the one with most first. */
static rc_t
waiting_parties(struct waiting *list, uint32_t *count, struct job *job, const struct party_round *t,
                struct err *e)
{
    const struct conf *c = job->hub->conf;
    rc_t rc = RC_OK;

    *count = 0;
    for (uint32_t i = 0; rc == RC_OK && i < c->partner_count + c->agency_count; i++) {
        bool agency = i >= c->partner_count;
        uint32_t at = agency ? i - c->partner_count : i;
        struct waiting *w = &list[*count];

        w->party = agency ? (struct party){c->agencies[at].id, true, &c->agencies[at].box}
                          : (struct party){c->partners[at].id, false, &c->partners[at].box};
        w->place = i;
        w->work = 1;
        if (t->work)
            rc = t->work(job, &w->party, t->ctx, &w->work, e);
        *count += w->work > 0;
    }
    qsort(list, *count, sizeof *list, by_work);
    return rc;
}

static rc_t
start_one(struct round *r, const struct party *p, struct err *e)
{
    for (int i = 0; i < PARTY_PLACES; i++)
        if (!r->workers[i].pid)
            return start(&r->workers[i], r->job, p, r->of, e);
    BUG("no free place for a drop box");
}

/* Said in the database only when all of them have ended: until then the job's run has no end either. */
static rc_t
keep_visits(struct round *r, struct arena *a, struct err *e)
{
    char iso[21];

    return db_exec(
        r->job->hub->db, SQL_PICKUP_VISITS,
        DB_ARGS(r->job->name,
                arena_printf(a, "[%.*s]", (int)r->visits.n, r->visits.n ? r->visits.p : ""),
                clock_iso(clock_now(), iso)),
        NULL, e);
}

rc_t
party_each(struct job *job, const struct party_round *round, struct err *e)
{
    const struct conf *c = job->hub->conf;
    struct arena *a = arena_new("parties");
    struct waiting *list = ARENA_ARRAY(a, struct waiting, c->partner_count + c->agency_count + 1);
    struct round r = {.job = job, .of = round, .worst = RC_OK};
    uint32_t count;
    rc_t rc = waiting_parties(list, &count, job, round, e);

    for (uint32_t i = 0; rc == RC_OK && i < count; i++) {
        wait_for_place(&r);
        rc = start_one(&r, &list[i].party, e);
    }
    wait_for_all(&r);
    if (rc == RC_OK)
        rc = keep_visits(&r, a, e);
    job->well = rc == RC_OK;
    if (rc == RC_OK && r.worst == RC_FAIL)
        rc = err_set(e, RC_FAIL, ERR_SFTP, "a party could not be served; see the lines above");
    buf_free(&r.visits);
    arena_free(&a);
    return rc;
}
