/*
 * ingest.c - batches in state `received` become rows, rejects and an answer.
 *
 * One transaction a batch: staging, merge, rejects, the answer's files and the batch's new state
 * commit together or not at all. An upload with several data files is split first, in a transaction of
 * its own: its batch stands for the first of them, the others get batches behind it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "answer.h"
#include "clock.h"
#include "control.h"
#include "fault.h"
#include "feeds.h"
#include "log.h"
#include "party.h"
#include "spill.h"
#include "statements.h"
#include "table.h"

#define ERRORS_RESIDENT (1u << 20)

struct ingest {
    struct job *job;
    struct hub *hub;
    struct db *db;
    struct feeds feeds;
    struct format *ack;
};

#define ITEMS_MAX 10000 /* far above what the child's limit of entries lets through */

struct batch {
    const char *id, *party, *name;
    const char *file_id; /* NULL: over the limit, not downloaded */
    uint64_t size;
    int attempts;
    const char *overrides; /* codes of holds that a person has released */
    time_t received;
    const char *upload, *item; /* upload_id; which data file of it */
    const char *label;         /* for people: its name, and that inside the upload */
    bool part;                 /* one of several */
    const struct conf_partner *partner;
};

struct result {
    const char *state;
    const char *feed;
    const char *rows_of; /* the feed whose statements take its rows */
    bool copying;        /* a COPY into staging is open */
    struct buf items;    /* names of the upload's data files, a JSON array without its end */
    int item_count;
    struct rows_facts facts;
    struct rows_reason reason;
    struct rows_totals totals;
    const char *duplicate_of;
    int64_t rows, accepted, repeated, rejected;
};

/* Has a person said that the file shall be loaded in spite of this? */
static bool
released(const struct batch *b, err_code_t code)
{
    return err_listed(b->overrides, code);
}

/* ---- from the child into staging ---- */

static void
whole_file(struct result *res, const char *state, err_code_t code, const char *seen,
           const char *want)
{
    res->state = state;
    res->reason.code = code;
    span_show(res->reason.seen, sizeof res->reason.seen, span_of(seen));
    span_show(res->reason.want, sizeof res->reason.want, span_of(want));
}

static rc_t
add_item(struct result *res, const char *name, uint32_t n, struct err *e)
{
    if (!n || name[n - 1] || ++res->item_count > ITEMS_MAX)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent broken names");
    buf_str(&res->items, res->item_count == 1 ? "[" : ",");
    json_string(&res->items, name);
    return RC_OK;
}

static rc_t
stage_open(struct ingest *in, struct arena *a, const struct batch *b, struct result *res,
           const char *payload, uint32_t n, struct err *e)
{
    const struct plan *plan;
    rc_t rc;

    if (n != sizeof res->facts)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent facts of %u bytes", n);
    memcpy(&res->facts, payload, n);
    if (res->facts.plan >= in->feeds.count)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process named feed %u",
                       res->facts.plan);
    plan = in->feeds.plans[res->facts.plan];
    res->feed = plan->feed;
    res->rows_of = plan->rows;
    if (!feeds_may_send(b->partner, plan->feed)) {
        whole_file(res, "held", ERR_NOT_ALLOWED, plan->feed, "");
        return RC_END;
    }
    if ((rc = db_exec(in->db, rows_stage_ddl(a, plan), DB_NONE, NULL, e)) != RC_OK)
        return rc;
    rc = db_exec(in->db, "SELECT hub.stage_keys($1)",
                 DB_ARGS(arena_printf(a, "stage_%s", plan->rows)), NULL, e);
    if (rc == RC_OK)
        rc = db_copy_in(in->db, rows_stage_copy(a, plan), e);
    res->copying = rc == RC_OK;
    return rc;
}

/* Frames until the child ends. Errors wait in `errors`, since one connection copies one thing. */
static rc_t
stage_frames(struct ingest *in, struct arena *a, const struct batch *b, struct rows_child *child,
             struct spill *errors, struct result *res, struct progress *show, struct err *e)
{
    enum frame_type type;
    const char *p;
    uint32_t n;
    rc_t rc;

    while ((rc = rows_frame(child, &type, &p, &n, e)) == RC_OK) {
        if (type == FRAME_FACTS) {
            rc = stage_open(in, a, b, res, p, n, e);
        } else if (type == FRAME_ITEM && !res->feed) {
            rc = add_item(res, p, n, e);
        } else if (type == FRAME_ROWS && res->feed) {
            progress_add(show, 0, n);
            rc = db_copy_put(in->db, p, n, e);
        } else if (type == FRAME_ERRORS) {
            rc = spill_put(errors, p, n, e);
        } else if ((type == FRAME_HOLD || type == FRAME_REFUSE) && n == sizeof res->reason) {
            memcpy(&res->reason, p, n);
            res->state = type == FRAME_HOLD ? "held" : "rejected";
        } else if (type == FRAME_TOTALS && n == sizeof res->totals) {
            memcpy(&res->totals, p, n);
        } else if (type == FRAME_END && n == sizeof res->rows) {
            memcpy(&res->rows, p, n);
        } else {
            rc = err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent frame %d", (int)type);
        }
        if (rc != RC_OK)
            return rc;
    }
    return rc;
}

static rc_t
stage_errors(struct ingest *in, struct spill *errors, struct err *e)
{
    struct source from = spill_source(errors);
    char block[32 << 10];
    size_t n;
    rc_t rc;

    if (!spill_bytes(errors))
        return RC_OK;
    rc = db_copy_in(in->db, "COPY stage_reject FROM STDIN (FORMAT binary)", e);
    while (rc == RC_OK && (rc = from.read(from.ctx, block, sizeof block, &n, e)) == RC_OK && n)
        rc = db_copy_put(in->db, block, n, e);
    return rc == RC_OK ? db_copy_end(in->db, NULL, NULL, e) : rc;
}

static bool
is_held(const struct result *res)
{
    return res->state && !strcmp(res->state, "held");
}

static rc_t
stage(struct ingest *in, struct arena *a, const struct batch *b, const struct rows_task *task,
      struct result *res, struct err *e)
{
    struct rows_child child;
    struct spill *errors = NULL;
    struct progress show;
    struct err child_error = {0};
    rc_t rc = rows_start(&child, task, e), ended;

    if (rc != RC_OK)
        return rc;
    progress_begin(&show, b->label, 0);
    errors = spill_new(spool_tmp(in->hub->spool), ERRORS_RESIDENT);
    rc = stage_frames(in, a, b, &child, errors, res, &show, e);
    ended = rows_finish(&child, &child_error);
    progress_end(&show);
    /* a child whose file waits for a person was cut short: its end says nothing */
    if (rc == RC_END && ended != RC_OK && !is_held(res)) {
        *e = child_error;
        rc = ended;
    }
    if (rc == RC_END)
        rc = res->copying ? db_copy_end(in->db, NULL, NULL, e) : RC_OK;
    if (rc == RC_OK)
        rc = stage_errors(in, errors, e);
    spill_free(&errors);
    return rc;
}

/* ---- rules and merge ---- */

static rc_t
run_file(struct ingest *in, struct arena *a, const struct result *res, const char *name,
         struct err *e)
{
    const char *sql = sql_find(name);
    struct progress show;
    rc_t rc;

    if (!sql)
        return err_set(e, RC_FAIL, ERR_EXTRACT, "no statements sql/%s.sql in this program", name);
    progress_begin(&show, name, 0);
    progress_step(&show, name, (unsigned long long)res->rows);
    rc = db_script(in->db, a, sql, NULL, e);
    progress_end(&show);
    return rc == RC_OK ? rc : err_prefix(e, "sql/%s.sql", name);
}

static rc_t
count_rows(struct ingest *in, struct arena *a, struct result *res, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(in->db, a, SQL_INGEST_COUNT, DB_NONE, &r, e);

    if (rc != RC_OK)
        return rc;
    res->rejected = db_int(r, 0, 0);
    res->repeated = db_int(r, 0, 1);
    return RC_OK;
}

/* Statements a variant of a feed has beside the feed's own; there may be none. */
static rc_t
run_variant(struct ingest *in, struct arena *a, const struct result *res, const char *suffix,
            struct err *e)
{
    const char *name = arena_printf(a, "ingest/%s%s", res->feed, suffix);

    return strcmp(res->feed, res->rows_of) && sql_find(name) ? run_file(in, a, res, name, e)
                                                             : RC_OK;
}

/* Feeds of one row a thing leave stage_line, others but orders stage_lines: what they share. */
static rc_t
run_shared(struct ingest *in, struct arena *a, const struct result *res, struct err *e)
{
    static const char *const shared[][2] = {
        {"stage_line",  "ingest/parts"},
        {"stage_lines", "ingest/lines"}
    };
    rc_t rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < sizeof shared / sizeof *shared; i++) {
        struct db_result *r;

        rc = db_query(in->db, a, "SELECT to_regclass('pg_temp.' || $1) IS NOT NULL",
                      DB_ARGS(shared[i][0]), &r, e);
        if (rc == RC_OK && db_bool(r, 0, 0))
            rc = run_file(in, a, res, shared[i][1], e);
    }
    return rc;
}

/* The feed's own rules, then what all feeds share. */
static rc_t
run_rules(struct ingest *in, struct arena *a, const struct result *res, struct err *e)
{
    rc_t rc;

    if ((rc = db_set(in->db, "hub.feed", res->feed, e)) != RC_OK ||
        (rc = db_set(in->db, "hub.rows", res->rows_of, e)) != RC_OK ||
        (rc = run_variant(in, a, res, "", e)) != RC_OK ||
        (rc = run_file(in, a, res, arena_printf(a, "ingest/%s", res->rows_of), e)) != RC_OK ||
        (rc = run_shared(in, a, res, e)) != RC_OK)
        return rc;
    return run_file(in, a, res, "ingest/versions", e);
}

/* The limit of refused rows that is passed; NULL: none is. */
static const char *
passed_limit(struct arena *a, const struct batch *b, const struct result *res)
{
    const struct conf_partner *p = b->partner;

    if (released(b, ERR_REJECT_LIMIT) || released(b, ERR_SOFT_REJECT))
        return NULL;
    if ((double)res->rejected > p->reject_limit * (double)res->rows)
        return arena_printf(a, "%g%%", p->reject_limit * 100);
    if ((uint64_t)res->rejected > p->reject_rows)
        return db_number(a, (int64_t)p->reject_rows);
    return NULL;
}

static rc_t
judge(struct ingest *in, struct arena *a, const struct batch *b, struct result *res, struct err *e)
{
    const char *limit;
    rc_t rc;

    if ((rc = run_rules(in, a, res, e)) != RC_OK || (rc = count_rows(in, a, res, e)) != RC_OK)
        return rc;
    if (res->rows == 0)
        whole_file(res, "rejected", ERR_NO_ROWS, "", "");
    else if ((limit = passed_limit(a, b, res)))
        whole_file(res, "rejected", ERR_REJECT_LIMIT, db_number(a, res->rejected), limit);
    else
        res->state = "loaded";
    return RC_OK;
}

/* soft-reject: of a partner who is new nothing is refused before a person has seen it. */
static void
soften(struct arena *a, const struct batch *b, struct result *res)
{
    bool refused = !strcmp(res->state, "rejected");
    char cause[8] = "";

    if (!b->partner->soft_reject || released(b, ERR_SOFT_REJECT) || is_held(res) ||
        (!refused && !res->rejected))
        return;
    if (refused)
        err_name(res->reason.code, cause);
    whole_file(res, "held", ERR_SOFT_REJECT, cause,
               arena_printf(a, "%lld/%lld", (long long)res->rejected, (long long)res->rows));
}

static rc_t
merge(struct ingest *in, struct arena *a, struct result *res, struct err *e)
{
    rc_t rc;

    if (strcmp(res->state, "loaded") != 0) {
        res->repeated = 0;
        return RC_OK;
    }
    res->accepted = res->rows - res->rejected - res->repeated;
    rc = run_file(in, a, res, arena_printf(a, "ingest/%s_merge", res->rows_of), e);
    if (rc == RC_OK)
        rc = run_variant(in, a, res, "_merge", e);
    fault_point("ingest-merged");
    return rc;
}

/* ---- limits that are known before the file is opened ---- */

static rc_t
check_limits(struct ingest *in, struct arena *a, const struct batch *b, struct result *res,
             struct err *e)
{
    const struct conf *c = in->hub->conf;
    const struct conf_limits *limits = &b->partner->limits;
    int cutoff = conf_cutoff(c);
    struct db_result *r;
    char date[9];
    rc_t rc;

    if (!b->file_id) {
        whole_file(res, "held", ERR_LIMIT_SIZE, db_number(a, (int64_t)b->size),
                   db_number(a, (int64_t)limits->size));
        return RC_OK;
    }
    clock_business_date(b->received, c->zone.timezone, cutoff, date);
    rc =
        db_query(in->db, a, SQL_INGEST_TODAY,
                 DB_ARGS(b->party, b->upload,
                         db_number(a, clock_local_moment(date, cutoff - 24 * 60, c->zone.timezone)),
                         db_number(a, clock_local_moment(date, cutoff, c->zone.timezone))),
                 &r, e);
    if (rc == RC_OK && db_int(r, 0, 0) >= (int64_t)limits->files && !released(b, ERR_LIMIT_FILES))
        whole_file(res, "held", ERR_LIMIT_FILES, db_number(a, db_int(r, 0, 0) + 1),
                   db_number(a, (int64_t)limits->files));
    return rc;
}

/* ---- one batch ---- */

static rc_t
find_duplicate(struct ingest *in, struct arena *a, const struct batch *b, struct result *res,
               struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(in->db, a, SQL_INGEST_DUPLICATE,
                       DB_ARGS(b->party, b->file_id, b->upload, b->part ? b->item : NULL), &r, e);

    if (rc == RC_OK && r->rows) {
        res->state = "duplicate";
        res->duplicate_of = db_value(r, 0, 0);
    }
    return rc;
}

static rc_t
finish(struct ingest *in, struct arena *a, const struct batch *b, const struct result *res,
       struct err *e)
{
    const struct conf *c = in->hub->conf;
    int cutoff = conf_cutoff(c);
    time_t now = clock_now();
    char date[9], code[8] = "", iso[21];
    char delimiter[2] = {res->facts.delimiter, '\0'};

    clock_business_date(now, c->zone.timezone, cutoff, date);
    if (res->reason.code)
        err_name(res->reason.code, code);
    return db_exec(in->db, SQL_INGEST_FINISH,
                   DB_ARGS(b->id, res->state, res->feed, res->facts.entry, res->facts.charset,
                           res->facts.delimiter ? delimiter : NULL, db_number(a, res->rows),
                           db_number(a, res->accepted), db_number(a, res->repeated),
                           db_number(a, res->rejected), code, res->reason.seen, res->reason.want,
                           res->duplicate_of, date,
                           db_number(a, clock_local_moment(date, cutoff, c->zone.timezone)),
                           clock_iso(now, iso)),
                   NULL, e);
}

/* The upload's data files become batches; the transaction ends with it. */
static rc_t
split(struct ingest *in, const struct batch *b, struct result *res, struct err *e)
{
    rc_t rc;

    buf_put(&res->items, "]", 2); /* with its NUL */
    if ((rc = db_exec(in->db, SQL_INGEST_SPLIT, DB_ARGS(b->id, res->items.p), NULL, e)) != RC_OK ||
        (rc = db_commit(in->db, e)) != RC_OK)
        return rc;
    log_info("%s: %d data files", b->name, res->item_count);
    fault_point("ingest-split");
    return RC_OK;
}

/* Control totals beside the file, which may hold it before a row is read. */
static rc_t
hear(struct ingest *in, struct arena *a, const struct batch *b, struct rows_task *task,
     struct result *res, struct err *e)
{
    struct totals *said = ARENA_NEW(a, struct totals);
    struct rows_reason reason = {.code = ERR_NONE};
    rc_t rc = control_said(in->db, a, b->upload, b->file_id, b->overrides, said, &reason, e);

    task->overrides = b->overrides;
    task->totals_required = b->partner->totals_required && !totals_any(said);
    if (rc != RC_OK || b->part) /* what is said is of all parts, and was looked at before */
        return rc;
    task->said = said;
    if (reason.code) {
        res->state = "held";
        res->reason = reason;
    }
    return RC_OK;
}

/* Of several data files it takes a reading of its own to see whether all of it is there. */
static rc_t
count_parts(const struct rows_task *task, struct result *res, struct err *e)
{
    rc_t rc = control_parts(task, res->item_count, &res->totals, &res->reason, e);

    if (rc == RC_OK && res->reason.code)
        res->state = "held";
    return rc;
}

static rc_t
load(struct ingest *in, struct arena *a, const struct batch *b, struct rows_task *task,
     struct result *res, struct err *e)
{
    rc_t rc;

    if ((rc = find_duplicate(in, a, b, res, e)) != RC_OK)
        return rc;
    if (!res->state && (rc = check_limits(in, a, b, res, e)) != RC_OK)
        return rc;
    if (!res->state && (rc = hear(in, a, b, task, res, e)) != RC_OK)
        return rc;
    if (!res->state) {
        if ((rc = db_script(in->db, a, SQL_INGEST_STAGE_REJECT, NULL, e)) != RC_OK ||
            (rc = db_set(in->db, "hub.batch_id", b->id, e)) != RC_OK ||
            (rc = stage(in, a, b, task, res, e)) != RC_OK)
            return rc;
        if (res->item_count > 1 && !res->state && (rc = count_parts(task, res, e)) != RC_OK)
            return rc;
        if (res->item_count > 1 && !res->state)
            return split(in, b, res, e);
        fault_point("ingest-staged");
        if (!res->state)
            rc = judge(in, a, b, res, e);
        else if (!strcmp(res->state, "rejected"))
            rc = count_rows(in, a, res, e);
        if (rc != RC_OK)
            return rc;
        soften(a, b, res);
        if ((rc = merge(in, a, res, e)) != RC_OK ||
            (rc = db_exec(in->db, SQL_INGEST_KEEP_REJECTS, DB_ARGS(b->id), NULL, e)) != RC_OK ||
            (rc = control_keep(in->db, b->id, &res->totals, e)) != RC_OK)
            return rc;
    }
    if ((rc = finish(in, a, b, res, e)) != RC_OK)
        return rc;
    return answer_write(in->hub, in->ack, strtoll(b->id, NULL, 10),
                        res->rejected && !is_held(res) ? task : NULL, e);
}

static void
count_batch(struct ingest *in, const struct batch *b, const struct result *res)
{
    struct job *job = in->job;

    job_count(job, "batches", 1);
    job_count(job, "rows", res->rows);
    job_count(job, "accepted", res->accepted);
    job_count(job, "repeated", res->repeated);
    job_count(job, "rejected", res->rejected);
    if (is_held(res))
        job_count(job, "held", 1);
    if (res->rejected || is_held(res) || !strcmp(res->state, "rejected"))
        job->rejects = true;
    log_info("%s: %s, rows=%lld accepted=%lld repeated=%lld rejected=%lld", b->label, res->state,
             (long long)res->rows, (long long)res->accepted, (long long)res->repeated,
             (long long)res->rejected);
}

/* A child that died: count the attempt; after the second the batch waits for a person. */
static rc_t
after_child(struct ingest *in, struct arena *a, const struct batch *b, const struct err *why,
            struct err *e)
{
    struct result res = {.state = "held"};
    rc_t rc = db_begin(in->db, e);

    log_err(LOG_WARN, why);
    if (rc == RC_OK)
        rc = db_exec(in->db, SQL_INGEST_ATTEMPT, DB_ARGS(b->id), NULL, e);
    if (rc == RC_OK && b->attempts >= 1) {
        whole_file(&res, "held", ERR_CHILD, why->text, "");
        if ((rc = finish(in, a, b, &res, e)) == RC_OK)
            rc = answer_write(in->hub, in->ack, strtoll(b->id, NULL, 10), NULL, e);
        count_batch(in, b, &res);
    } else {
        in->job->retry = true;
    }
    if (rc == RC_OK)
        rc = db_commit(in->db, e);
    return rc;
}

static rc_t
load_batch(struct ingest *in, struct arena *a, struct batch *b, bool *again, struct err *e)
{
    struct rows_task task;
    struct result res = {0};
    uint64_t bytes;
    rc_t rc;

    b->partner = conf_partner(in->hub->conf, b->party);
    task = feeds_task(&in->feeds, b->partner, b->name);
    if (released(b, ERR_LIMIT_ROWS))
        task.row_limit = 0;
    task.item = b->part ? (int)strtol(b->item, NULL, 10) : ROWS_LIST;
    task.quiet_s = in->hub->conf->schedule.quiet_s;
    task.spill_dir = spool_tmp(in->hub->spool);
    feeds_today(&in->feeds, in->hub->conf);
    if (b->file_id && (rc = spool_read(in->hub->spool, b->file_id, &task.fd, &bytes, e)) != RC_OK)
        return rc;
    rc = load(in, a, b, &task, &res, e);
    if (task.fd >= 0)
        close(task.fd);
    buf_free(&res.items);
    *again = rc == RC_OK && !res.state;
    if (*again)
        return rc;
    if (rc == RC_OK && (rc = db_commit(in->db, e)) == RC_OK)
        count_batch(in, b, &res);
    fault_point("ingest-committed");
    if (rc == RC_RETRY && e->code == ERR_CHILD) {
        struct err why = *e;
        db_rollback(in->db);
        rc = after_child(in, a, b, &why, e);
    }
    return rc;
}

/* The last batch that was done. */
struct place {
    char upload[24], item[16];
};

/* The batch after `last`, claimed in an open transaction; RC_END when there is none. */
static rc_t
claim(struct ingest *in, struct arena *a, struct batch *b, const char *party,
      const struct place *last, struct err *e)
{
    struct db_result *r;
    rc_t rc;

    if ((rc = db_begin(in->db, e)) != RC_OK ||
        (rc = db_query(in->db, a, SQL_INGEST_CLAIM, DB_ARGS(party, last->upload, last->item), &r,
                       e)) != RC_OK)
        return rc;
    if (!r->rows)
        return RC_END;
    *b = (struct batch){.id = db_text(r, 0, 0),
                        .party = db_text(r, 0, 1),
                        .name = db_text(r, 0, 2),
                        .file_id = db_value(r, 0, 3),
                        .size = (uint64_t)db_int(r, 0, 4),
                        .attempts = (int)db_int(r, 0, 5),
                        .overrides = db_text(r, 0, 6),
                        .received = (time_t)db_int(r, 0, 7),
                        .upload = db_text(r, 0, 8),
                        .item = db_text(r, 0, 9),
                        .part = db_value(r, 0, 11) != NULL};
    b->label = b->part ? arena_printf(a, "%s: %s", b->name, db_text(r, 0, 10)) : b->name;
    return RC_OK;
}

/* One party's batches, in order. Parties side by side: their keys hardly ever meet, and where they
 * do, the later one's transaction fails and is done again by the next run. */
static rc_t
visit(struct visit *v, struct err *e)
{
    struct ingest in = *(struct ingest *)v->ctx;
    struct place last = {"0", "0"};
    rc_t rc = RC_OK;

    in.job = v->job;
    in.db = v->hub->db;
    while (rc == RC_OK) {
        struct arena *a = arena_new("batch");
        struct batch b;

        if ((rc = claim(&in, a, &b, v->party.id, &last, e)) == RC_OK) {
            bool again = false; /* it was split: its first data file comes next */
            log_field("batch", b.id);
            rc = load_batch(&in, a, &b, &again, e);
            if (!again) {
                snprintf(last.upload, sizeof last.upload, "%s", b.upload);
                snprintf(last.item, sizeof last.item, "%s", b.item);
            }
            if (rc == RC_FAIL) { /* one bad batch must not stop the others */
                log_err(LOG_ERROR, e);
                job_count(v->job, "failed", 1);
                v->job->retry = true;
                rc = RC_OK;
            }
            log_field("batch", NULL);
        }
        db_rollback(in.db);
        arena_free(&a);
    }
    return rc == RC_END ? RC_OK : rc;
}

static rc_t
waiting_bytes(struct job *job, const struct party *p, uint64_t *work, struct err *e)
{
    struct arena *a = arena_new("ingest ask");
    struct db_result *r;
    rc_t rc = db_query(job->hub->db, a, SQL_INGEST_WAITING, DB_ARGS(p->id), &r, e);

    *work = rc == RC_OK ? (uint64_t)db_int(r, 0, 0) : 0;
    arena_free(&a);
    return rc;
}

/* A file keeps a core busy: more of them at once would only take turns. */
static int
cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 2 ? 2 : n > PARTY_AT_ONCE ? PARTY_AT_ONCE : (int)n;
}

rc_t
ingest_run(struct job *job, struct err *e)
{
    struct ingest in = {.job = job, .hub = job->hub};
    struct party_round round = {visit, waiting_bytes, cores(), 0, &in};
    rc_t rc = feeds_load(&in.feeds, job->hub, job->hub->arena, e);

    if (rc == RC_OK)
        rc = format_load(&in.ack, job->hub, job->hub->arena, "feed", "ack", e);
    return rc == RC_OK ? party_each(job, &round, e) : rc;
}
