/*
 * ingest.c - batches in state `received` become rows, rejects and an answer.
 *
 * One transaction a batch: staging, merge, rejects, the answer's files and the batch's new state
 * commit together or not at all. An upload with several data files is split first, in a transaction of
 * its own: its batch stands for the first of them, the others get batches behind it.
 *
 * Agencies answer in thousands of small files: many of them go into one transaction. Where one of them
 * has to be split, or makes the transaction fail, each is done again in a transaction of its own.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "answer.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "load/control.h"
#include "load/judge.h"
#include "load/load.h"
#include "load/needs.h"
#include "load/reader.h"
#include "mend.h"
#include "party.h"
#include "sections.h"
#include "show.h"
#include "sql/statements.h"
#include "stored.h"
#include "table.h"

#define FILES_AT_ONCE 256
#define BYTES_AT_ONCE (16u << 20)

/* In a party's queue. */
struct place {
    int64_t upload, item;
};

struct ingest {
    struct job *job;
    struct load load;
    struct feeds partners, agencies;
    struct format *ack;
    struct visit *visit;
    const char *mended;  /* the file whose bytes were looked for last; NULL: none's */
    struct place last;   /* of those that were looked at */
    struct place singly; /* up to here each in a transaction of its own: together they failed */
    bool stuck;          /* one could not be read: what its party sent after it waits behind it */
};

/* Of all files at hand; one that is not taken has no rows among others, and leaves none of those that were
 * written already. */
static rc_t
merge(struct ingest *in, struct arena *a, const struct load_file *files, uint32_t count,
      struct err *e)
{
    const struct load_result *loaded = NULL;
    rc_t rc;

    for (uint32_t i = 0; i < count; i++)
        if (files[i].res.staged && !strcmp(files[i].res.state, "loaded"))
            loaded = &files[i].res;
    if (!loaded)
        return judge_take_out(&in->load, &files[0].res, e);
    rc = judge_keep(&in->load, a, loaded, e);
    if (rc == RC_OK && files[0].batch.agency)
        rc = sections_answered(in->job->hub, in->load.db, a, files[0].batch.party, e);
    fault_point("ingest-merged");
    return rc;
}

/* What its half brought and the file has not as a whole, be it taken or refused. */
static rc_t
withdraw(struct ingest *in, struct arena *a, const struct load_file *f, struct err *e)
{
    int64_t withdrawn, declared;
    rc_t rc;

    if (!f->batch.whole || !f->res.staged || load_is_held(&f->res))
        return RC_OK;
    rc = judge_withdraw(&in->load, a, &f->res, &withdrawn, &declared, e);
    if (rc == RC_OK && withdrawn)
        log_warn("%s: %lld that the file had when it was not whole are withdrawn, of which %lld "
                 "were declared",
                 f->batch.label, (long long)withdrawn, (long long)declared);
    return rc;
}

/* One more name of a JSON object; what says nothing is left out. */
static void
put(struct buf *json, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buf_printf(json, "%s\"%s\": ", json->n > 1 ? ", " : "", name);
    json_string(json, value);
}

static void
put_json(struct buf *json, const char *name, const char *value)
{
    if (value)
        buf_printf(json, "%s\"%s\": %s", json->n > 1 ? ", " : "", name, value);
}

static void
put_number(struct buf *json, const char *name, int64_t value)
{
    buf_printf(json, "%s\"%s\": %lld", json->n > 1 ? ", " : "", name, (long long)value);
}

/* How a batch ended, by the names of sql/ingest/finish.sql. */
static const char *
ended_json(struct ingest *in, struct arena *a, const struct load_result *res,
           const char *const *sheets)
{
    const struct rows_facts *facts = &res->facts;
    char code[8] = "", iso[21], delimiter[2] = {facts->delimiter, '\0'};
    struct buf json = {0};
    struct conf_day day;

    feeds_day(in->load.feeds, in->load.hub->conf, res->feed, &day);
    if (res->reason.code)
        err_name(res->reason.code, code);
    buf_str(&json, "{");
    put(&json, "state", res->state);
    put(&json, "feed", res->feed);
    put(&json, "entry", facts->entry);
    put(&json, "charset", facts->text ? facts->charset : NULL);
    put(&json, "delimiter", facts->text ? delimiter : NULL);
    put_number(&json, "rows", (int64_t)res->rows);
    put_number(&json, "accepted", (int64_t)res->accepted);
    put_number(&json, "repeated", (int64_t)res->repeated);
    put_number(&json, "rejected", (int64_t)res->rejected);
    put(&json, "code", code);
    put(&json, "seen", res->reason.seen);
    put(&json, "want", res->reason.want);
    put(&json, "duplicate_of", res->duplicate_of);
    put(&json, "business_date", day.date);
    put_number(&json, "next_cutoff", day.ends);
    put(&json, "finished_at", clock_iso(clock_now(), iso));
    put_json(&json, "notices", load_notices(a, res));
    put_json(&json, "sheets", load_sheets(a, sheets));
    buf_str(&json, "}");
    return buf_text(&json, a);
}

static rc_t
finish(struct ingest *in, struct arena *a, const struct load_batch *b,
       const struct load_result *res, const char *const *sheets, struct err *e)
{
    return db_exec(in->load.db, SQL_INGEST_FINISH, DB_ARGS(b->id, ended_json(in, a, res, sheets)),
                   NULL, e);
}

/* The upload's data files become batches; the transaction ends with it. */
static rc_t
split(struct ingest *in, struct arena *a, const struct load_batch *b, struct load_result *res,
      struct err *e)
{
    rc_t rc;

    buf_put(&res->names, "]", 2); /* with its NUL */
    if ((rc = db_exec(in->load.db, SQL_INGEST_SPLIT,
                      DB_ARGS(b->id, res->names.p, load_notices(a, res)), NULL, e)) != RC_OK ||
        (rc = db_commit(in->load.db, e)) != RC_OK)
        return rc;
    log_info("%s: %d data files", b->name, res->item_count);
    fault_point("ingest-split");
    return RC_OK;
}

static rc_t
end_file(struct ingest *in, struct arena *a, const struct load_file *f, struct err *e)
{
    const struct load_batch *b = &f->batch;
    const struct load_result *res = &f->res;
    rc_t rc = res->staged ? control_keep(in->load.db, b->id, &res->totals, e) : RC_OK;

    if (rc != RC_OK || (rc = finish(in, a, b, res, f->task.sheets, e)) != RC_OK || b->agency)
        return rc;
    return answer_write(in->load.hub, in->ack, strtoll(b->id, NULL, 10),
                        res->rejected && !load_is_held(res) ? &f->task : NULL, e);
}

/* {"E3001": 970000} */
static const char *
untold_json(struct arena *a, const struct rows_untold *u)
{
    struct buf json = {0};
    char code[8];

    buf_str(&json, "{");
    for (uint32_t i = 0; u && i < u->count; i++)
        buf_printf(&json, "%s\"%s\": %llu", i ? ", " : "", err_name(u->by[i].code, code),
                   (unsigned long long)u->by[i].faults);
    buf_str(&json, "}");
    return buf_text(&json, a);
}

static rc_t
keep_rejects(struct ingest *in, struct arena *a, const struct load_file *f, struct err *e)
{
    return db_exec(in->load.db, SQL_INGEST_KEEP_REJECTS,
                   DB_ARGS(f->task.faults ? db_number(a, (int64_t)f->task.faults) : NULL,
                           f->batch.id, untold_json(a, f->res.untold)),
                   NULL, e);
}

/* Those of them that are to be done alone stay as they were. */
static rc_t
load(struct ingest *in, struct arena *a, struct load_file *files, uint32_t count, struct err *e)
{
    bool staged = false;
    rc_t rc = load_verdict(&in->load, a, files, count, e);

    for (uint32_t i = 0; i < count; i++)
        staged |= files[i].res.staged;
    if (rc == RC_OK && count == 1 && !files[0].res.state)
        return split(in, a, &files[0].batch, &files[0].res, e);
    if (rc == RC_OK && staged && (rc = merge(in, a, files, count, e)) == RC_OK &&
        (rc = withdraw(in, a, &files[0], e)) == RC_OK)
        rc = keep_rejects(in, a, &files[0], e);
    for (uint32_t i = 0; rc == RC_OK && i < count; i++)
        if (files[i].res.state)
            rc = end_file(in, a, &files[i], e);
    return rc;
}

/* A file of which nothing was taken is told also to who reads warnings only; why it was, without a
 * value of it. */
static void
say_ended(const struct load_batch *b, const struct load_result *res)
{
    bool whole = load_is_held(res) || !strcmp(res->state, "rejected");
    char counts[120], code[8];
    struct show_sentence s;

    snprintf(counts, sizeof counts, "rows=%lld accepted=%lld repeated=%lld rejected=%lld",
             (long long)res->rows, (long long)res->accepted, (long long)res->repeated,
             (long long)res->rejected);
    if (!whole)
        log_info("%s: %s, %s", b->label, res->state, counts);
    else if (res->reason.code) {
        show_sentence(&s, err_name(res->reason.code, code), res->reason.want);
        log_warn("%s: %s, %s %s; %s", b->label, res->state, code, s.en, counts);
    } else
        log_warn("%s: %s, every row of it was refused; %s", b->label, res->state, counts);
}

/* As screens and answers have it. */
static const char *
batch_name(struct arena *a, const struct load_batch *b)
{
    return arena_printf(a, "B%06lld", strtoll(b->id, NULL, 10));
}

static void
count_batch(struct ingest *in, const struct load_batch *b, const struct load_result *res)
{
    struct job *job = in->job;

    log_field("batch", batch_name(in->job->hub->arena, b));
    job_count(job, "batches", 1);
    job_count(job, "rows", res->rows);
    job_count(job, "accepted", res->accepted);
    job_count(job, "repeated", res->repeated);
    job_count(job, "rejected", res->rejected);
    if (load_is_held(res))
        job_count(job, "held", 1);
    if (res->rejected || load_is_held(res) || !strcmp(res->state, "rejected"))
        job->rejects = true;
    say_ended(b, res);
}

/* A statement that failed: its words may be a row's. */
static bool
of_database(const struct err *why)
{
    return why->code == ERR_DATABASE || why->code == ERR_QUERY;
}

/* Is it the file that breaks whoever reads it? Else something around it does, and that may pass. */
static bool
own_fault(const struct ingest *in, const struct err *why)
{
    return why->code == ERR_CHILD || (of_database(why) && db_data_fault(in->load.db));
}

/*
 * It could not be read: it stays `received`, with the reason, and what its party sent after it waits
 * behind it, since a change would not find its original. A fault of its own is an attempt; after the second the
 * batch waits for a person, and the others go on.
 */
static rc_t
unread(struct ingest *in, struct arena *a, const struct load_batch *b, const struct err *why,
       struct err *e)
{
    struct load_result res = {.state = "held"};
    bool own = own_fault(in, why);
    char code[8], seen[sizeof res.reason.seen] = "";
    rc_t rc;

    log_err(own ? LOG_WARN : LOG_ERROR, why);
    db_rollback(in->load.db);
    err_name(why->code, code);
    if (!of_database(why))
        span_show(seen, sizeof seen, span_of(why->text));
    if ((rc = db_begin(in->load.db, e)) == RC_OK)
        rc = db_exec(in->load.db, SQL_INGEST_ATTEMPT, DB_ARGS(b->id, own ? "1" : "0", code, seen),
                     NULL, e);
    if (rc == RC_OK && own && b->attempts >= 1) {
        load_whole_file(&res, "held", why->code, seen, "");
        if ((rc = finish(in, a, b, &res, NULL, e)) == RC_OK)
            rc = answer_write(in->load.hub, in->ack, strtoll(b->id, NULL, 10), NULL, e);
        count_batch(in, b, &res);
    } else {
        job_count(in->job, "unread", 1);
        in->job->retry = true;
        in->stuck = true;
    }
    if (rc == RC_OK)
        rc = db_commit(in->load.db, e);
    return rc;
}

static struct place
place_of(const struct load_batch *b)
{
    return (struct place){strtoll(b->upload, NULL, 10), strtoll(b->item, NULL, 10)};
}

/* RC_END: the file is whole and is to be claimed again. A child that finds it damaged although it is not
 * is one that does not work. */
static rc_t
mend(struct ingest *in, const struct load_batch *b, struct err *e)
{
    struct hub *hub = in->load.hub;
    rc_t rc;

    db_rollback(in->load.db);
    if (in->mended && strcmp(in->mended, b->file_id) == 0)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process cannot read the file");
    in->mended = arena_str(hub->arena, b->file_id);
    rc = mend_file(in->visit, b->file_id, e);
    return rc == RC_OK ? RC_END : err_prefix(e, "%s", b->label);
}

/* What comes of it for the queue, in a transaction that is rolled back unless it was committed. */
static rc_t
load_files(struct ingest *in, struct arena *a, struct load_file *files, uint32_t count,
           struct err *e)
{
    struct load_batch *first = &files[0].batch;
    bool left = false;
    rc_t rc = RC_OK;

    feeds_today(first->agency ? &in->agencies : &in->partners, in->load.hub->conf);
    for (uint32_t i = 0; rc == RC_OK && i < count; i++)
        rc = load_open(&in->load, &files[i], e);
    if (rc == RC_OK)
        rc = load(in, a, files, count, e);
    for (uint32_t i = 0; i < count; i++) {
        blob_close(&files[i].task.file);
        load_items_free(&files[i].res);
        left |= !files[i].res.state;
    }
    if (rc == RC_OK && count == 1 && left)
        return RC_OK; /* it was split: its first data file comes next */
    if (rc == RC_OK && (rc = db_commit(in->load.db, e)) == RC_OK)
        for (uint32_t i = 0; i < count; i++)
            if (files[i].res.state)
                count_batch(in, &files[i].batch, &files[i].res);
    fault_point("ingest-committed");
    if (count > 1 && (rc != RC_OK || left)) {
        if (rc != RC_OK)
            log_info("%u files together: %s; one by one now", count, e->text);
        in->singly = place_of(&files[count - 1].batch);
        return RC_OK;
    }
    if (rc == RC_FAIL && stored_is_damage(e))
        rc = mend(in, first, e);
    if (rc == RC_END)
        return RC_OK; /* its bytes are there again: it comes next */
    in->last = place_of(&files[count - 1].batch);
    if (rc == RC_FAIL || (rc == RC_RETRY && e->code == ERR_CHILD)) {
        struct err why = *e;
        rc = unread(in, a, first, &why, e);
    }
    return rc;
}

/* May this one go into the transaction of those before it? The same bytes may not: whether they came
 * before is asked of batches that have ended. */
static bool
goes_along(const struct load_file *files, uint32_t count, const struct load_batch *b,
           uint64_t *bytes)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct load_batch *o = &files[i].batch;

        if (!b->file_id || !o->file_id ||
            (strcmp(b->file_id, o->file_id) == 0 && strcmp(b->upload, o->upload) != 0))
            return false;
    }
    *bytes += b->size;
    return count == 0 || (*bytes <= BYTES_AT_ONCE && b->attempts == 0 && !files[0].batch.attempts);
}

/* The batches after in->last, claimed in an open transaction; RC_END when there is none. */
static rc_t
claim(struct ingest *in, struct arena *a, const struct party *party, struct load_file **files,
      uint32_t *count, struct err *e)
{
    struct place *last = &in->last, *singly = &in->singly;
    bool one = !party->agency || last->upload < singly->upload ||
               (last->upload == singly->upload && last->item < singly->item);
    struct db_result *r;
    uint64_t bytes = 0;
    rc_t rc;

    if ((rc = db_begin(in->load.db, e)) != RC_OK ||
        (rc = db_query(in->load.db, a, SQL_INGEST_CLAIM,
                       DB_ARGS(party->id, db_number(a, last->upload), db_number(a, last->item),
                               db_number(a, one ? 1 : FILES_AT_ONCE)),
                       &r, e)) != RC_OK)
        return rc;
    *files = ARENA_ARRAY(a, struct load_file, (size_t)r->rows + 1);
    for (*count = 0; *count < (uint32_t)r->rows; ++*count) {
        struct load_batch b = load_batch_of(a, r, (int)*count);

        if (!goes_along(*files, *count, &b, &bytes))
            break;
        b.agency = party->agency;
        (*files)[*count].batch = b;
        (*files)[*count].task.file = BLOB_NONE;
    }
    return *count ? RC_OK : RC_END;
}

/* One party's batches, in order. Parties side by side: their keys hardly ever meet, and where they
 * do, the later one's transaction fails and is done again by the next run. */
static rc_t
visit(struct visit *v, struct err *e)
{
    struct ingest in = *(struct ingest *)v->ctx;
    rc_t rc = RC_OK;

    in.job = v->job;
    in.visit = v;
    in.load.db = v->hub->db;
    in.load.feeds = v->party.agency ? &in.agencies : &in.partners;
    while (rc == RC_OK && !in.stuck) {
        struct arena *a = arena_new("batch");
        struct load_file *files;
        uint32_t count;

        if ((rc = claim(&in, a, &v->party, &files, &count, e)) == RC_OK) {
            log_field("batch", count == 1 ? batch_name(a, &files[0].batch) : NULL);
            rc = load_files(&in, a, files, count, e);
            log_field("batch", NULL);
        }
        db_rollback(in.load.db);
        arena_free(&a);
    }
    load_free(&in.load);
    return rc == RC_END ? RC_OK : rc;
}

/* Whose first file came after the feeds were loaded is the next run's. */
static rc_t
waiting_bytes(struct job *job, const struct party *p, const void *ctx, uint64_t *work,
              struct err *e)
{
    const struct ingest *in = ctx;
    struct arena *a = arena_new("ingest ask");
    struct db_result *r;
    rc_t rc = db_query(job->hub->db, a, SQL_INGEST_WAITING, DB_ARGS(p->id), &r, e);
    bool loaded = p->agency ? in->agencies.reader : in->partners.reader;

    *work = rc == RC_OK && loaded ? (uint64_t)db_int(r, 0, 0) : 0;
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

    if (rc == RC_OK)
        rc = feeds_kinds(f, hub, hub->arena, e);
    if (rc == RC_OK)
        rc = feeds_tables(f, hub, hub->arena, e);
    if (rc == RC_OK && f->partners && (rc = db_begin(hub->db, e)) == RC_OK) {
        feeds_today(f, hub->conf);
        rc = needs_find(hub, hub->db, f, e);
        db_rollback(hub->db);
    }
    return rc == RC_OK ? reader_start(f, e) : rc;
}

/* Feeds and one reader for all partners who wait, the same for agencies, and none where nobody does. */
static rc_t
get_ready(struct ingest *in, struct err *e)
{
    struct arena *a = arena_new("ingest waits");
    struct hub *hub = in->load.hub;
    struct db_result *r;
    rc_t rc = db_query(hub->db, a, "SELECT DISTINCT party FROM hub.batch WHERE state = 'received'",
                       DB_NONE, &r, e);

    for (int i = 0; rc == RC_OK && i < r->rows; i++) {
        bool agency = conf_agency(hub->conf, db_text(r, i, 0)) != NULL;
        struct feeds *f = agency ? &in->agencies : &in->partners;

        if (!f->reader)
            rc = load_feeds(f, hub, agency ? FEEDS_AGENCIES : FEEDS_PARTNERS, e);
    }
    if (rc == RC_OK && r->rows)
        rc = format_load(&in->ack, hub, hub->arena, "feed", "ack", e);
    arena_free(&a);
    return rc;
}

rc_t
ingest_run(struct job *job, struct err *e)
{
    struct ingest in = {.job = job, .load = {.hub = job->hub}};
    struct party_round round = {visit, waiting_bytes, cores(), 0, false, &in};
    rc_t rc = get_ready(&in, e);

    return rc == RC_OK ? party_each(job, &round, e) : rc;
}
