#include "party.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "lock.h"
#include "sql/statements.h"
#include "table.h"

#define GRACE_MS 1000

/* How a party's part of the job ended (hub.visit). */
enum outcome { WELL, AWAY, BROKEN, HELD /* by another process, which says how it ends */ };

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
    if (code == ERR_LOCKED)
        return HELD;
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

/* Ours, or another's, who has not said so yet: either way nobody may count on this part before it has ended. */
static rc_t
begin_visit(struct visit *v, rc_t locked, struct err *e)
{
    const struct job *job = v->job;
    struct arena *a = arena_new("visit");
    const char *run = db_number(a, job->run_id);
    rc_t rc = locked;

    if (locked == RC_OK)
        rc = db_exec(v->hub->db, SQL_PICKUP_VISIT_BEGUN, DB_ARGS(job->name, v->party.id, run), NULL,
                     e);
    else if (e->code == ERR_LOCKED)
        (void)db_exec(v->hub->db, SQL_PICKUP_VISIT_HELD,
                      DB_ARGS(job->name, v->party.id, run, lock_name(job, a, v->party.id)), NULL,
                      NULL);
    arena_free(&a);
    return rc;
}

/* The lock is on the child's own connection, on which it commits: who loses that commits nothing any more. */
static rc_t
visit_alone(struct visit *v, const struct party_round *t, struct err *e)
{
    rc_t rc = lock_sign(v->job, v->hub->db, e);

    if (rc == RC_OK) {
        rc = lock_take(v->job, v->hub->db, v->party.id, e);
        rc = begin_visit(v, rc, e);
    }
    return rc == RC_OK ? t->visit(v, e) : rc;
}

static rc_t
visit_party(struct job *job, const struct party *p, const struct party_round *t, struct err *e)
{
    struct visit v = {.hub = job->hub, .party = *p, .job = job, .ctx = t->ctx};
    rc_t rc;

    db_forget(&job->hub->db);
    if ((rc = hub_open_db(job->hub, e)) == RC_OK)
        rc = visit_alone(&v, t, e);
    sftp_close(&v.link);
    db_close(&job->hub->db);
    return rc;
}

struct task {
    struct job *whole;
    const struct party *party;
    const struct party_round *round;
};

static int
run_child(void *ctx, int in, int out)
{
    const struct task *t = ctx;
    struct job job = {.hub = t->whole->hub, .name = t->whole->name, .run_id = t->whole->run_id};
    struct err e = {0};
    rc_t rc;

    (void)in;
    log_field(t->party->agency ? "agency" : "partner", t->party->id);
    rc = visit_party(&job, t->party, t->round, &e);
    if (rc != RC_OK)
        log_err(rc == RC_RETRY ? LOG_WARN : LOG_ERROR, &e);
    send_report(out, &job, rc, &e);
    return err_exit(rc);
}

/* A round at work. */
struct round {
    struct job *job;
    const struct party_round *of;
    struct child *children[PARTY_PLACES]; /* NULL: the place is free */
    struct party parties[PARTY_PLACES];
    rc_t worst;
    struct err kept; /* that could not be kept how a part ended */
};

/* A drop box may be served for so long; what has none, as long as any. */
static uint32_t
deadline_s(const struct round *r, const struct party *p)
{
    return r->of->links ? p->box->visit_s : PARTY_DEADLINE_S;
}

static rc_t
start(struct round *r, int place, const struct party *p, struct err *e)
{
    struct task task = {r->job, p, r->of};
    const struct child_form form = {.name = p->id,
                                    .run = run_child,
                                    .ctx = &task,
                                    .says = true,
                                    .deadline_ms = deadline_s(r, p) * 1000,
                                    .grace_ms = GRACE_MS};

    r->parties[place] = *p;
    return child_start(&r->children[place], &form, e);
}

/* What it tells; one that ended without a word left something undone, whoever it was that ended it. */
static struct report
report_of(struct round *r, struct child *c, const struct party *p)
{
    struct report said = {.outcome = BROKEN, .error = "its process was killed"};

    if (child_told(c, &said, sizeof said))
        return said;
    said = (struct report){.outcome = BROKEN, .error = "its process was killed"};
    if (c->late) {
        said.outcome = r->of->links ? AWAY : BROKEN;
        snprintf(said.error, sizeof said.error, "no end after %u s, stopped", deadline_s(r, p));
        log_warn("%s: %s", p->id, said.error);
    }
    return said;
}

static void
add_report(struct round *r, const struct report *said)
{
    for (uint32_t i = 0; i < said->count && i < 16; i++)
        job_count(r->job, arena_str(r->job->hub->arena, said->counts[i].name),
                  said->counts[i].value);
    r->job->rejects |= said->rejects;
    r->job->retry |= said->retry;
    if (said->outcome == HELD)
        job_count(r->job, "at_work_elsewhere", 1);
}

/* By the parent, which knows it of children that were killed too. What another run has begun since is that run's. */
static void
keep_visit(struct round *r, const struct party *p, const struct report *said)
{
    static const char *const names[] = {[WELL] = "well", [AWAY] = "away", [BROKEN] = "broken"};
    struct arena *a = arena_new("visit");
    char iso[21], code[8];

    if (said->outcome != HELD && r->kept.code == ERR_NONE)
        (void)db_exec(r->job->hub->db, SQL_PICKUP_VISIT_ENDED,
                      DB_ARGS(r->job->name, p->id, db_number(a, r->job->run_id),
                              names[said->outcome], *said->error ? said->error : NULL,
                              said->code != ERR_NONE ? err_name(said->code, code) : NULL,
                              clock_iso(clock_now(), iso)),
                      NULL, &r->kept);
    arena_free(&a);
}

/* One that was killed is tried again: what it began is done again. */
static rc_t
rc_of(const struct child *c)
{
    if (c->end.how != CHILD_EXITED)
        return RC_RETRY;
    switch (c->end.number) {
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

static void
take_in(struct round *r, int place)
{
    struct child *c = r->children[place];
    struct report said = report_of(r, c, &r->parties[place]);
    rc_t rc = rc_of(c);

    add_report(r, &said);
    keep_visit(r, &r->parties[place], &said);
    if (rc == RC_RETRY)
        r->job->retry = true;
    else if (rc > r->worst)
        r->worst = rc;
    child_free(&r->children[place]);
}

/* Those that have ended; waits for the first of them, at most so long. */
static void
take_ended(struct round *r, int timeout_ms)
{
    if (!child_wait(r->children, PARTY_PLACES, timeout_ms))
        return;
    for (int i = 0; i < PARTY_PLACES; i++)
        if (r->children[i] && child_look(r->children[i]))
            take_in(r, i);
}

/* How many are at work; *holding: how many of them keep others from a place, *ms: until the first of those does no
 * more (-1: not before it ends). */
static int
at_work(const struct round *r, int *holding, int *ms)
{
    int count = 0;

    *holding = 0;
    *ms = -1;
    for (int i = 0; i < PARTY_PLACES; i++) {
        const struct child *c = r->children[i];
        int64_t left = c ? c->started_ms + r->of->patience_ms - clock_ms() : 0;

        count += c != NULL;
        if (!c || (r->of->patience_ms && left <= 0))
            continue;
        ++*holding;
        if (r->of->patience_ms && (*ms < 0 || left < *ms))
            *ms = (int)left;
    }
    return count;
}

static void
wait_for_place(struct round *r)
{
    int holding, ms;

    while (at_work(r, &holding, &ms) == PARTY_PLACES || holding >= r->of->at_once)
        take_ended(r, ms);
}

static void
wait_for_all(struct round *r)
{
    int holding, ms;

    while (at_work(r, &holding, &ms) > 0)
        take_ended(r, -1);
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
        if (!r->children[i])
            return start(r, i, p, e);
    BUG("no free place for a drop box");
}

/* What earlier runs said of parties that have nothing to do any more. */
static rc_t
forget_others(struct job *job, struct arena *a, const struct waiting *list, uint32_t count,
              struct err *e)
{
    const struct conf *c = job->hub->conf;
    struct buf busy = {0}, known = {0};

    for (uint32_t i = 0; i < count; i++)
        db_array_add(&busy, list[i].party.id);
    for (uint32_t i = 0; i < c->partner_count; i++)
        db_array_add(&known, c->partners[i].id);
    for (uint32_t i = 0; i < c->agency_count; i++)
        db_array_add(&known, c->agencies[i].id);
    return db_exec(job->hub->db, SQL_PICKUP_VISITS_OVER,
                   DB_ARGS(job->name, db_number(a, job->run_id), db_array_end(&busy, a),
                           db_array_end(&known, a)),
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
    if (rc == RC_OK && r.kept.code != ERR_NONE) {
        *e = r.kept;
        rc = e->rc;
    }
    if (rc == RC_OK)
        rc = forget_others(job, a, list, count, e);
    job->well = rc == RC_OK;
    if (rc == RC_OK && r.worst == RC_FAIL)
        rc = err_set(e, RC_FAIL, ERR_SFTP, "a party could not be served; see the lines above");
    arena_free(&a);
    return rc;
}
