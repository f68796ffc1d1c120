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
#include "load.h"
#include "log.h"
#include "party.h"
#include "statements.h"

struct ingest {
    struct job *job;
    struct load load;
    struct feeds partners, agencies;
    struct format *ack;
};

/* A file that is not taken leaves none of the rows that were written already. */
static rc_t
take_out(struct ingest *in, const struct load_result *res, struct err *e)
{
    const struct plan *plan = res->shape ? res->shape->plan : NULL;

    if (!plan || !plan->rows_table)
        return RC_OK;
    return db_exec(in->load.db, "SELECT hub.take_out_all($1, $2)",
                   DB_ARGS(plan->rows_table, plan->lines_table), NULL, e);
}

static rc_t
merge(struct ingest *in, struct arena *a, const struct load_result *res, struct err *e)
{
    rc_t rc;

    if (strcmp(res->state, "loaded") != 0)
        return take_out(in, res, e);
    rc = load_run(&in->load, a, res, arena_printf(a, "ingest/%s_merge", res->rows_of), e);
    if (rc == RC_OK)
        rc = load_run_variant(&in->load, a, res, "_merge", e);
    fault_point("ingest-merged");
    return rc;
}

static rc_t
finish(struct ingest *in, struct arena *a, const struct load_batch *b,
       const struct load_result *res, struct err *e)
{
    const struct conf *c = in->load.hub->conf;
    int cutoff = conf_cutoff(c);
    time_t now = clock_now();
    char date[9], code[8] = "", iso[21];
    char delimiter[2] = {res->facts.delimiter, '\0'};

    clock_business_date(now, c->zone.timezone, cutoff, date);
    if (res->reason.code)
        err_name(res->reason.code, code);
    return db_exec(in->load.db, SQL_INGEST_FINISH,
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
split(struct ingest *in, const struct load_batch *b, struct load_result *res, struct err *e)
{
    rc_t rc;

    buf_put(&res->items, "]", 2); /* with its NUL */
    if ((rc = db_exec(in->load.db, SQL_INGEST_SPLIT, DB_ARGS(b->id, res->items.p), NULL, e)) !=
            RC_OK ||
        (rc = db_commit(in->load.db, e)) != RC_OK)
        return rc;
    log_info("%s: %d data files", b->name, res->item_count);
    fault_point("ingest-split");
    return RC_OK;
}

static rc_t
load(struct ingest *in, struct arena *a, const struct load_batch *b, struct rows_task *task,
     struct load_result *res, struct err *e)
{
    rc_t rc;

    if ((rc = load_verdict(&in->load, a, b, task, res, e)) != RC_OK)
        return rc;
    if (!res->state)
        return split(in, b, res, e);
    if (res->staged &&
        ((rc = merge(in, a, res, e)) != RC_OK ||
         (rc = db_exec(in->load.db, SQL_INGEST_KEEP_REJECTS, DB_ARGS(b->id), NULL, e)) != RC_OK ||
         (rc = control_keep(in->load.db, b->id, &res->totals, e)) != RC_OK))
        return rc;
    if ((rc = finish(in, a, b, res, e)) != RC_OK)
        return rc;
    return answer_write(in->load.hub, in->ack, strtoll(b->id, NULL, 10),
                        res->rejected && !load_is_held(res) ? task : NULL, e);
}

static void
count_batch(struct ingest *in, const struct load_batch *b, const struct load_result *res)
{
    struct job *job = in->job;

    job_count(job, "batches", 1);
    job_count(job, "rows", res->rows);
    job_count(job, "accepted", res->accepted);
    job_count(job, "repeated", res->repeated);
    job_count(job, "rejected", res->rejected);
    if (load_is_held(res))
        job_count(job, "held", 1);
    if (res->rejected || load_is_held(res) || !strcmp(res->state, "rejected"))
        job->rejects = true;
    log_info("%s: %s, rows=%lld accepted=%lld repeated=%lld rejected=%lld", b->label, res->state,
             (long long)res->rows, (long long)res->accepted, (long long)res->repeated,
             (long long)res->rejected);
}

/* A child that died: count the attempt; after the second the batch waits for a person. */
static rc_t
after_child(struct ingest *in, struct arena *a, const struct load_batch *b, const struct err *why,
            struct err *e)
{
    struct load_result res = {.state = "held"};
    rc_t rc = db_begin(in->load.db, e);

    log_err(LOG_WARN, why);
    if (rc == RC_OK)
        rc = db_exec(in->load.db, SQL_INGEST_ATTEMPT, DB_ARGS(b->id), NULL, e);
    if (rc == RC_OK && b->attempts >= 1) {
        load_whole_file(&res, "held", ERR_CHILD, why->text, "");
        if ((rc = finish(in, a, b, &res, e)) == RC_OK)
            rc = answer_write(in->load.hub, in->ack, strtoll(b->id, NULL, 10), NULL, e);
        count_batch(in, b, &res);
    } else {
        in->job->retry = true;
    }
    if (rc == RC_OK)
        rc = db_commit(in->load.db, e);
    return rc;
}

static rc_t
load_batch(struct ingest *in, struct arena *a, struct load_batch *b, bool *again, struct err *e)
{
    struct rows_task task;
    struct load_result res = {0};
    uint64_t bytes;
    rc_t rc;

    b->partner = conf_partner(in->load.hub->conf, b->party);
    task = feeds_task(in->load.feeds, b->partner, b->name);
    if (load_released(b, ERR_LIMIT_ROWS))
        task.row_limit = 0;
    task.item = b->part ? (int)strtol(b->item, NULL, 10) : ROWS_LIST;
    task.quiet_s = in->load.hub->conf->schedule.quiet_s;
    task.spill_dir = spool_tmp(in->load.hub->spool);
    task.batch_id = strtoll(b->id, NULL, 10);
    feeds_today(b->agency ? &in->agencies : &in->partners, in->load.hub->conf);
    if (b->file_id &&
        (rc = spool_read(in->load.hub->spool, b->file_id, &task.file, &bytes, e)) != RC_OK)
        return rc;
    rc = load(in, a, b, &task, &res, e);
    blob_close(&task.file);
    buf_free(&res.items);
    *again = rc == RC_OK && !res.state;
    if (*again)
        return rc;
    if (rc == RC_OK && (rc = db_commit(in->load.db, e)) == RC_OK)
        count_batch(in, b, &res);
    fault_point("ingest-committed");
    if (rc == RC_RETRY && e->code == ERR_CHILD) {
        struct err why = *e;
        db_rollback(in->load.db);
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
claim(struct ingest *in, struct arena *a, struct load_batch *b, const char *party,
      const struct place *last, struct err *e)
{
    struct db_result *r;
    rc_t rc;

    if ((rc = db_begin(in->load.db, e)) != RC_OK ||
        (rc = db_query(in->load.db, a, SQL_INGEST_CLAIM, DB_ARGS(party, last->upload, last->item),
                       &r, e)) != RC_OK)
        return rc;
    if (!r->rows)
        return RC_END;
    *b = (struct load_batch){.id = db_text(r, 0, 0),
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
    in.load.db = v->hub->db;
    in.load.feeds = v->party.agency ? &in.agencies : &in.partners;
    while (rc == RC_OK) {
        struct arena *a = arena_new("batch");
        struct load_batch b;

        if ((rc = claim(&in, a, &b, v->party.id, &last, e)) == RC_OK) {
            bool again = false; /* it was split: its first data file comes next */
            b.agency = v->party.agency;
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
        db_rollback(in.load.db);
        arena_free(&a);
    }
    load_free(&in.load);
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

static rc_t
load_feeds(struct feeds *f, struct hub *hub, const char *folder, struct err *e)
{
    rc_t rc = feeds_load(f, hub, hub->arena, folder, e);

    return rc == RC_OK ? feeds_tables(f, hub, hub->arena, e) : rc;
}

rc_t
ingest_run(struct job *job, struct err *e)
{
    struct ingest in = {.job = job, .load = {.hub = job->hub}};
    struct party_round round = {visit, waiting_bytes, cores(), 0, &in};
    rc_t rc = load_feeds(&in.partners, job->hub, FEEDS_PARTNERS, e);

    if (rc == RC_OK)
        rc = load_feeds(&in.agencies, job->hub, FEEDS_AGENCIES, e);
    if (rc == RC_OK)
        rc = format_load(&in.ack, job->hub, job->hub->arena, "feed", "ack", e);
    return rc == RC_OK ? party_each(job, &round, e) : rc;
}
