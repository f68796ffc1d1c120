#include "party.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

struct worker {
    pid_t pid;
    int fd; /* counts come here */
    struct party party;
    int64_t started_ms;
};

/* What a child tells before it ends. */
struct report {
    bool rejects, retry;
    uint32_t count;
    struct {
        char name[24];
        int64_t value;
    } counts[16];
};

static void
send_report(int fd, const struct job *job)
{
    struct report r = {.rejects = job->rejects, .retry = job->retry};

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
    struct sftp_site site = {box->url, box->key, box->known_hosts, 0, box->idle_s * 1000};

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
    send_report(out, &job);
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

static void
add_report(struct job *job, int fd)
{
    struct report r;

    if (read(fd, &r, sizeof r) == (ssize_t)sizeof r) {
        for (uint32_t i = 0; i < r.count && i < 16; i++)
            job_count(job, arena_str(job->hub->arena, r.counts[i].name), r.counts[i].value);
        job->rejects |= r.rejects;
        job->retry |= r.retry;
    }
    close(fd);
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

/* True when the worker has ended; one past its deadline is ended. */
static bool
reap(struct worker *w, struct job *job, rc_t *worst)
{
    int status;
    rc_t rc;

    if (waitpid(w->pid, &status, WNOHANG) == 0) {
        if (clock_ms() - w->started_ms < PARTY_DEADLINE_S * 1000)
            return false;
        log_warn("%s: no end after %d s, stopped", w->party.id, PARTY_DEADLINE_S);
        kill(w->pid, SIGKILL);
        waitpid(w->pid, &status, 0);
    }
    add_report(job, w->fd);
    rc = rc_of(status);
    if (rc == RC_RETRY)
        job->retry = true;
    else if (rc > *worst)
        *worst = rc;
    w->pid = 0;
    return true;
}

/* How many run; *holding: how many of them keep others from a place. */
static int
look(struct worker *workers, struct job *job, rc_t *worst, int patience_ms, int *holding)
{
    int running = 0;

    *holding = 0;
    for (struct worker *w = workers; w < workers + PARTY_PLACES; w++)
        if (w->pid && !reap(w, job, worst)) {
            running++;
            *holding += !patience_ms || clock_ms() - w->started_ms < patience_ms;
        }
    return running;
}

static void
wait_for_place(struct worker *workers, struct job *job, rc_t *worst,
               const struct party_round *round)
{
    int holding;

    while (look(workers, job, worst, round->patience_ms, &holding) == PARTY_PLACES ||
           holding >= round->at_once)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
}

static void
wait_for_all(struct worker *workers, struct job *job, rc_t *worst)
{
    int holding;

    while (look(workers, job, worst, 0, &holding) > 0)
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
waiting_parties(struct waiting *list, uint32_t *count, struct job *job, party_work work,
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
        if (work)
            rc = work(job, &w->party, &w->work, e);
        *count += w->work > 0;
    }
    qsort(list, *count, sizeof *list, by_work);
    return rc;
}

static rc_t
start_one(struct worker *workers, struct job *job, const struct party *p,
          const struct party_round *t, struct err *e)
{
    for (int i = 0; i < PARTY_PLACES; i++)
        if (!workers[i].pid)
            return start(&workers[i], job, p, t, e);
    BUG("no free place for a drop box");
}

rc_t
party_each(struct job *job, const struct party_round *round, struct err *e)
{
    const struct conf *c = job->hub->conf;
    struct arena *a = arena_new("parties");
    struct waiting *list = ARENA_ARRAY(a, struct waiting, c->partner_count + c->agency_count + 1);
    struct worker workers[PARTY_PLACES] = {0};
    uint32_t count;
    rc_t worst = RC_OK, rc = waiting_parties(list, &count, job, round->work, e);

    for (uint32_t i = 0; rc == RC_OK && i < count; i++) {
        wait_for_place(workers, job, &worst, round);
        rc = start_one(workers, job, &list[i].party, round, e);
    }
    wait_for_all(workers, job, &worst);
    if (rc == RC_OK && worst == RC_FAIL)
        rc = err_set(e, RC_FAIL, ERR_SFTP, "a party could not be served; see the lines above");
    arena_free(&a);
    return rc;
}
