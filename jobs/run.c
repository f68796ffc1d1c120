/* run.c - landport run: the jobs of a night, each in a child process with a deadline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "job.h"
#include "table.h"

#define GRACE_MS   5000 /* between SIGTERM and SIGKILL */
#define MAX_COUNTS 16

/* clang-format off */
const struct job_type job_types[] = {
#define JOB(name, whole, summary) {#name, summary, name##_run, whole},
#include "jobs.def"
#undef JOB
    {NULL, NULL, NULL, false},
};
/* clang-format on */

/* What a child tells its parent: smaller than PIPE_BUF, so it comes whole or not at all. */
struct report {
    rc_t rc;
    bool well; /* what comes after may count on it */
    struct err err;
    struct {
        char name[40];
        int64_t value;
    } counts[MAX_COUNTS];
};

struct outcome {
    const struct job_type *type;
    struct report report;
    int64_t ms;
    bool left; /* not begun: what ended the one before would end it too */
};

static rc_t
open_and_run(struct hub *hub, const struct job_type *type, struct job *job, struct err *e)
{
    rc_t rc = hub_open_db(hub, e);

    return rc == RC_OK ? job_run(hub, type, job, e) : rc;
}

struct task {
    struct hub *hub;
    const struct job_type *type;
};

/* The child: a connection and a spool of its own, nothing shared with the parent but the pipe. */
static int
run_child(void *ctx, int in, int out)
{
    struct task *t = ctx;
    struct report report = {0};
    struct job job = {0};
    ssize_t written;

    (void)in;
    log_job(t->type->name);
    report.rc = open_and_run(t->hub, t->type, &job, &report.err);
    report.well = job.well;
    for (size_t i = 0; i < MAX_COUNTS && job.counts[i].name; i++) {
        snprintf(report.counts[i].name, sizeof(report.counts[i].name), "%s", job.counts[i].name);
        report.counts[i].value = job.counts[i].value;
    }
    db_close(&t->hub->db);
    if (t->hub->spool)
        spool_close(&t->hub->spool);
    written = write(out, &report, sizeof(report));
    return written == (ssize_t)sizeof(report) ? 0 : 1;
}

/* One that could not tell what came of it. */
static rc_t
broke_off(const struct child *c, const struct job_type *type, struct err *e)
{
    char words[CHILD_WORDS];

    return err_set(e, RC_FAIL, c->late ? ERR_DEADLINE : ERR_SYSTEM, "job %s %s", type->name,
                   child_words(c, words));
}

/* In a process group of its own, so that at its end nothing is left of what it started: parties' children, readers,
 * whoever talks to a drop box. */
static void
run_one(struct hub *hub, struct outcome *o)
{
    struct task task = {hub, o->type};
    const struct child_form form = {.name = o->type->name,
                                    .run = run_child,
                                    .ctx = &task,
                                    .says = true,
                                    .group = true,
                                    .deadline_ms = hub->conf->schedule.deadline_s * 1000,
                                    .grace_ms = GRACE_MS};
    struct child *c;

    if ((o->report.rc = child_start(&c, &form, &o->report.err)) != RC_OK)
        return;
    (void)child_wait(&c, 1, -1);
    if (!child_told(c, &o->report, sizeof(o->report))) {
        memset(&o->report, 0, sizeof(o->report));
        o->report.rc = broke_off(c, o->type, &o->report.err);
    }
    o->ms = clock_ms() - c->started_ms;
    child_free(&c);
}

static const char *
word_of(const struct outcome *o)
{
    rc_t rc = o->report.rc;

    return o->left           ? "not run"
           : rc == RC_OK     ? "done"
           : rc == RC_REJECT ? "rejects"
           : rc == RC_RETRY  ? "retry"
                             : "failed";
}

static void
print_outcome(const struct outcome *o)
{
    printf("%-10s %-8s %7.2f s", o->type->name, word_of(o), (double)o->ms / 1000);
    for (size_t i = 0; i < MAX_COUNTS && o->report.counts[i].name[0]; i++)
        if (o->report.counts[i].value != 0)
            printf("  %s=%lld", o->report.counts[i].name, (long long)o->report.counts[i].value);
    putchar('\n');
    if (o->report.err.code != ERR_NONE && o->report.rc != RC_OK)
        printf("%-10s %s\n", "", o->report.err.text);
    fflush(stdout);
}

/* Of what comes before it a later job is told here too: a job that could not even reach the database
 * has left no word there. */
static void
note_broken(struct hub *hub, const struct outcome *o)
{
    const char *why = o->report.err.code != ERR_NONE ? o->report.err.text : "it did not end well";

    if (!o->report.well && !hub->broken)
        hub->broken = arena_printf(hub->arena, "%s: %s", o->type->name, why);
}

static void
json_outcome(struct buf *out, const struct outcome *o)
{
    buf_printf(out, "{\"job\": \"%s\", \"state\": \"%s\", \"exit\": %d, \"seconds\": %.3f",
               o->type->name, word_of(o), err_exit(o->report.rc), (double)o->ms / 1000);
    buf_str(out, ", \"counts\": {");
    for (size_t i = 0; i < MAX_COUNTS && o->report.counts[i].name[0]; i++) {
        buf_str(out, i > 0 ? ", " : "");
        json_string(out, o->report.counts[i].name);
        buf_printf(out, ": %lld", (long long)o->report.counts[i].value);
    }
    buf_str(out, "}, \"error\": ");
    json_string(out, o->report.err.code != ERR_NONE ? o->report.err.text : NULL);
    buf_str(out, "}");
}

static const struct job_type *
find_job(const char *name)
{
    for (const struct job_type *t = job_types; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

/* The jobs asked for, in the order of the night whatever the order of their names. */
static rc_t
choose_jobs(int argc, char **argv, struct outcome *all, int *count, struct err *e)
{
    *count = 0;
    for (int i = 1; i < argc; i++)
        if (!find_job(argv[i]))
            return err_set(e, RC_FAIL, ERR_USAGE, "run: there is no job %s", argv[i]);
    for (const struct job_type *t = job_types; t->name; t++) {
        bool wanted = argc == 1;

        for (int i = 1; i < argc; i++)
            wanted = wanted || strcmp(argv[i], t->name) == 0;
        if (wanted)
            all[(*count)++].type = t;
    }
    return RC_OK;
}

static rc_t
worse(rc_t a, rc_t b)
{
    static const int rank[] = {
        [RC_OK] = 0, [RC_END] = 0, [RC_REJECT] = 1, [RC_RETRY] = 2, [RC_FAIL] = 3, [RC_FATAL] = 4};

    return rank[a] >= rank[b] ? a : b;
}

rc_t
cmd_run(struct hub *hub, int argc, char **argv, struct err *e)
{
    struct outcome all[sizeof(job_types) / sizeof(job_types[0])];
    struct buf json = {0};
    rc_t rc, worst = RC_OK;
    int count;

    memset(all, 0, sizeof(all));
    if ((rc = choose_jobs(argc, argv, all, &count, e)) != RC_OK)
        return rc;
    buf_str(&json, "{\"jobs\": [");
    for (int i = 0; i < count; i++) {
        if (worst == RC_FATAL)
            all[i] = (struct outcome){all[i].type, {.rc = RC_FATAL}, 0, true};
        else
            run_one(hub, &all[i]);
        note_broken(hub, &all[i]);
        worst = worse(worst, all[i].report.rc);
        log_job(all[i].type->name);
        if (all[i].report.err.code != ERR_NONE && all[i].report.rc != RC_OK)
            log_err(LOG_ERROR, &all[i].report.err);
        if (!hub->json)
            print_outcome(&all[i]);
        buf_str(&json, i > 0 ? ",\n " : "\n ");
        json_outcome(&json, &all[i]);
    }
    log_job(NULL);
    buf_printf(&json, "],\n \"exit\": %d}\n", err_exit(worst));
    if (hub->json)
        fwrite(json.p, 1, json.n, stdout);
    buf_free(&json);
    return worst; /* each error has been told where it happened */
}
