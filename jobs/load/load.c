/*
 * load.c - what the child says of a file, into staging tables; the verdict on it.
 *
 * The child has read bytes that a stranger sent, so nothing it says counts before it was held against something: the feed against the
 * partner's rights, sizes of frames against what they are, the number of its rows and faults against what came. What does not fit is the
 * child's fault and not the file's (RC_RETRY ERR_CHILD): the file is tried again, and held after the second time (ingest.c).
 * All of it is in the caller's one transaction, also rows that went into their tables already: killed anywhere, nothing of it is
 * there, and the next run begins with the bytes.
 */
#include "load/load.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "load/child.h"
#include "load/control.h"
#include "load/judge.h"
#include "spool/spill.h"
#include "sql/copy.h"
#include "sql/statements.h"
#include "table.h"

#define ERRORS_RESIDENT (1u << 20)
#define FAULT_BYTES     2048 /* more than one has in COPY's form */
#define ITEMS_MAX       1000 /* as many as the child lists */

void
load_free(struct load *l)
{
    buf_free(&l->rows);
    buf_free(&l->sealed);
    rows_take_free(&l->taker);
    rows_room_close(&l->room);
}

bool
load_released(const struct load_batch *b, err_code_t code)
{
    return err_listed(b->overrides, code);
}

void
load_whole_file(struct load_result *res, const char *state, err_code_t code, const char *seen,
                const char *want)
{
    res->state = state;
    res->reason.code = code;
    span_show(res->reason.seen, sizeof res->reason.seen, span_of(seen));
    span_show(res->reason.want, sizeof res->reason.want, span_of(want));
}

/* Its texts end within it. */
static struct rows_reason
reason_of(const char *payload)
{
    struct rows_reason reason;

    memcpy(&reason, payload, sizeof reason);
    reason.seen[sizeof reason.seen - 1] = reason.want[sizeof reason.want - 1] = '\0';
    reason.entry[sizeof reason.entry - 1] = '\0';
    return reason;
}

void
load_notice(struct load_result *res, const char *payload)
{
    if (res->notice_count < NOTICES_MAX)
        res->notices[res->notice_count++] = reason_of(payload);
}

const char *
load_notices(struct arena *a, const struct load_result *res)
{
    struct buf json = {0};
    char code[8];

    buf_str(&json, "[");
    for (int i = 0; i < res->notice_count; i++) {
        const struct rows_reason *n = &res->notices[i];

        buf_printf(&json, "%s{\"code\": \"%s\", \"seen\": ", i ? ", " : "",
                   err_name(n->code, code));
        json_string(&json, n->seen);
        buf_str(&json, ", \"want\": ");
        json_string(&json, n->want);
        buf_str(&json, "}");
    }
    buf_str(&json, "]");
    return buf_text(&json, a);
}

struct load_batch
load_batch_of(struct arena *a, const struct db_result *r, int row)
{
    struct load_batch b = {.id = db_text(r, row, "batch_id"),
                           .party = db_text(r, row, "party"),
                           .name = db_text(r, row, "name"),
                           .file_id = db_value(r, row, "file_id"),
                           .size = (uint64_t)db_int(r, row, "size"),
                           .attempts = (int)db_int(r, row, "attempts"),
                           .overrides = db_text(r, row, "overrides"),
                           .received = (time_t)db_int(r, row, "received"),
                           .upload = db_text(r, row, "upload_id"),
                           .item = db_text(r, row, "item"),
                           .part = db_value(r, row, "files") != NULL,
                           .whole = db_value(r, row, "replaces") != NULL};

    b.entry = b.part ? db_text(r, row, "entry") : NULL;
    b.label = b.part ? arena_printf(a, "%s: %s", b.name, b.entry) : b.name;
    return b;
}

/* Of what an agency sends all is told: by that it is judged anew. Files of one upload share its limit. */
static rc_t
limit_faults(struct load *l, struct load_file *f, struct err *e)
{
    const struct load_batch *b = &f->batch;
    struct arena *a;
    struct db_result *upload;
    rc_t rc;

    if (b->agency)
        return RC_OK;
    if (!b->part) {
        f->task.faults = load_faults(b->size, 0);
        return RC_OK;
    }
    a = arena_new("upload");
    rc = db_query(l->db, a, SQL_INGEST_UPLOAD, DB_ARGS(b->id), &upload, e);
    if (rc == RC_OK)
        f->task.faults = load_faults(b->size, (uint64_t)db_int(upload, 0, "rejected_before"));
    arena_free(&a);
    return rc;
}

static const char *
last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

rc_t
load_open(struct load *l, struct load_file *f, struct err *e)
{
    struct hub *hub = l->hub;
    struct load_batch *b = &f->batch;
    const struct conf_agency *agency = b->agency ? conf_agency(hub->conf, b->party) : NULL;
    uint64_t bytes;
    rc_t rc;

    b->partner = conf_partner(hub->conf, b->party);
    f->task = feeds_task(l->feeds, b->partner, b->name);
    if (!b->partner && agency)
        f->task.mappings = agency->mappings;
    f->task.file = BLOB_NONE;
    if ((rc = feeds_file_whole(l->feeds, b->partner, agency,
                               b->entry ? last_part(b->entry) : b->name, e)) != RC_OK)
        return rc;
    if (load_released(b, ERR_LIMIT_ROWS))
        f->task.row_limit = 0;
    if ((rc = limit_faults(l, f, e)) != RC_OK)
        return rc;
    f->task.item = b->part ? (int)strtol(b->item, NULL, 10) : ROWS_LIST;
    f->task.quiet_s = hub->conf->schedule.quiet_s;
    f->task.spill_dir = spool_tmp(hub->spool);
    f->task.batch_id = strtoll(b->id, NULL, 10);
    return b->file_id ? spool_read(hub->spool, b->file_id, &f->task.file, &bytes, e) : RC_OK;
}

const char *
load_sheets(struct arena *a, const char *const *sheets)
{
    struct buf json = {0};

    if (!sheets)
        return NULL;
    buf_str(&json, "{");
    for (int i = 1; i <= ROWS_SHEETS_MAX; i++)
        if (sheets[i]) {
            buf_printf(&json, "%s\"%d\": ", json.n > 1 ? ", " : "", i);
            json_string(&json, sheets[i]);
        }
    buf_str(&json, "}");
    return buf_text(&json, a);
}

/* ORDER_, PAYMENT_: how names of files begin by which a party's feeds are known, as many as there is room for. */
static void
put_file_names(char *out, size_t size, const struct rows_task *t)
{
    size_t n = 0;

    for (uint32_t i = 0; i < t->feeds->count; i++) {
        const char *feed = t->feeds->plans[i]->feed;

        if (!feeds_may_send(t->partner, feed) || n + strlen(feed) + 4 > size)
            continue;
        n += (size_t)snprintf(out + n, size - n, "%s%s_", n ? ", " : "", feed);
    }
    for (char *p = out; *p; p++)
        *p = (char)toupper((unsigned char)*p);
}

void
load_reason(struct load_result *res, const struct rows_task *t, enum frame_type type,
            const char *payload)
{
    res->reason = reason_of(payload);
    if (res->reason.code == ERR_FEED_UNKNOWN)
        put_file_names(res->reason.want, sizeof res->reason.want, t);
    memcpy(res->facts.entry, res->reason.entry, sizeof res->facts.entry);
    res->state = type == FRAME_HOLD ? "held" : "rejected";
}

rc_t
load_add_item(struct load_result *res, const char *name, uint32_t n, struct err *e)
{
    int number = res->items_seen++;

    if ((n && name[n - 1]) || number >= ITEMS_MAX)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent broken names");
    buf_str(&res->names, number == 0 ? "[" : ",");
    json_string(&res->names, n ? name : NULL);
    if (!res->items)
        res->items = calloc(ITEMS_MAX, sizeof *res->items);
    if (!res->items)
        BUG("out of memory");
    if (n)
        res->items[res->item_count++] = number;
    return RC_OK;
}

void
load_items_free(struct load_result *res)
{
    buf_free(&res->names);
    free(res->items);
    res->items = NULL;
}

#define FAULTS_LEAST 10000

uint64_t
load_faults(uint64_t size, uint64_t told)
{
    uint64_t most = FAULTS_LEAST + size / 8;

    return told < most && most - told > 100 ? most - told : 100;
}

/* A variant goes through the statements of another feed, which may name columns that it has not. */
static rc_t
stage_make(struct load *l, struct arena *a, const struct load_batch *b,
           const struct rows_shape *shape, struct err *e)
{
    int base = feeds_find(l->feeds, shape->plan->rows);
    const char *ddl = rows_stage_ddl(a, shape, base < 0 ? NULL : &l->feeds->shapes[base]);
    rc_t rc = db_exec(l->db, ddl, DB_NONE, NULL, e);

    l->stage = shape;
    if (rc == RC_OK && b->agency)
        rc = db_exec(l->db, "SELECT hub.stage_files($1)", DB_ARGS(shape->tables[ROWS_STAGE].name),
                     NULL, e);
    return rc;
}

/* Whose feed it is comes from the child, so whether the partner may send that is asked here, before the first row is taken. Files that are
 * staged side by side share one stage: one of another feed is not wanted now, and comes once more by itself.
 * RC_END: its rows are not wanted. */
static rc_t
stage_open(struct load *l, struct arena *a, struct load_file *f, const char *payload, uint32_t n,
           struct err *e)
{
    const struct load_batch *b = &f->batch;
    struct load_result *res = &f->res;
    const struct rows_shape *shape;
    rc_t rc;

    if (res->shape)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process named its feed twice");
    if ((rc = rows_facts_read(&res->facts, payload, n, l->feeds->count, l->feeds->mapping_count,
                              e)) != RC_OK)
        return rc;
    if (res->facts.mapping && !feeds_mapped(l->feeds, &res->facts))
        return err_set(e, RC_RETRY, ERR_CHILD,
                       "the parsing process sent a mapping of another feed");
    shape = &l->feeds->shapes[res->facts.plan];
    res->feed = shape->plan->feed;
    res->rows_of = shape->plan->rows;
    if (!feeds_may_send(b->partner, res->feed)) {
        load_whole_file(res, "held", ERR_NOT_ALLOWED, res->feed, "");
        return RC_END;
    }
    if (l->stage && l->stage != shape)
        return RC_END;
    if (shape->unmade)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s", shape->unmade);
    res->shape = shape;
    rows_take_begin(&l->taker, a, shape, f->task.batch_id, f->task.codes, f->task.roles);
    return l->stage ? RC_OK : stage_make(l, a, b, shape, e);
}

static rc_t
copy_close(struct load *l, struct load_result *res, struct err *e)
{
    rc_t rc = res->copying ? db_copy_end(l->db, NULL, NULL, e) : RC_OK;

    res->copying = 0;
    if (rc == RC_OK && l->rows.n)
        rc = err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent half a row");
    l->rows.n = 0;
    return rc;
}

static rc_t
copy_open(struct load *l, struct arena *a, struct load_result *res, int table, struct err *e)
{
    struct buf begin = {0};
    rc_t rc = copy_close(l, res, e);

    if (rc == RC_OK)
        rc = db_copy_in(l->db, rows_copy(a, &res->shape->tables[table]), e);
    if (rc != RC_OK)
        return rc;
    res->copying = table + 1;
    copy_begin(&begin);
    rc = db_copy_put(l->db, begin.p, begin.n, e);
    buf_free(&begin);
    return rc;
}

/* Rows go on where those before them went, or to another table. COPY's binary form says lengths and counts itself, and some of the tables are
 * those that count: so not a byte of it goes to the database as the child sent it, but what rows_take() has taken apart and put together. */
static rc_t
stage_rows(struct load *l, struct arena *a, struct load_result *res, const char *p, uint32_t n,
           struct err *e)
{
    int table = n > 2 ? p[1] : ROWS_TABLES;
    rc_t rc = RC_OK;

    if (table < 0 || table >= ROWS_TABLES || !res->shape->tables[table].name)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent rows for table %d", table);
    if (res->copying != table + 1)
        rc = copy_open(l, a, res, table, e);
    if (rc != RC_OK)
        return rc;
    buf_put(&l->rows, p + 2, n - 2);
    rc = rows_take(&l->taker, table, &l->rows, &l->sealed, e);
    return rc == RC_OK ? db_copy_put(l->db, l->sealed.p, l->sealed.n, e) : rc;
}

/* As many as it was asked for, and what one row more may have. */
static rc_t
keep_errors(const struct load_file *f, struct spill *errors, const char *p, uint32_t n,
            struct err *e)
{
    uint64_t most = f->task.faults ? (f->task.faults + ROWS_FIELDS_MAX) * FAULT_BYTES : UINT64_MAX;

    if (spill_bytes(errors) + n > most)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent too many errors");
    return spill_put(errors, p, n, e);
}

/* Frames until the child ends. Errors wait in `errors`, since one connection copies one thing at a time. What comes in an order or of a size
 * that no child of ours sends ends it: the last branch. */
static rc_t
stage_frames(struct load *l, struct arena *a, struct load_file *f, struct rows_child *child,
             struct spill *errors, struct progress *show, struct err *e)
{
    struct load_result *res = &f->res;
    enum frame_type type;
    const char *p;
    uint32_t n;
    rc_t rc;

    while ((rc = rows_frame(child, &type, &p, &n, e)) == RC_OK) {
        if (type == FRAME_FACTS) {
            rc = stage_open(l, a, f, p, n, e);
        } else if (type == FRAME_ITEM && !res->feed) {
            rc = load_add_item(res, p, n, e);
        } else if (type == FRAME_ROWS && res->shape) {
            progress_add(show, 0, n);
            rc = stage_rows(l, a, res, p, n, e);
        } else if (type == FRAME_ERRORS) {
            rc = keep_errors(f, errors, p, n, e);
        } else if ((type == FRAME_HOLD || type == FRAME_REFUSE) && n == sizeof res->reason) {
            load_reason(res, &f->task, type, p);
        } else if (type == FRAME_SHEET) {
            rc = rows_sheet(&f->task, a, p, n, e);
        } else if (type == FRAME_NOTICE && n == sizeof(struct rows_reason)) {
            load_notice(res, p);
        } else if (type == FRAME_TOTALS) {
            rc = rows_totals_read(&res->totals, p, n, e);
        } else if (type == FRAME_UNTOLD && !res->untold) {
            res->untold = ARENA_NEW(a, struct rows_untold);
            rc = rows_untold_read(res->untold, p, n, e);
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
stage_errors(struct load *l, struct spill *errors, struct err *e)
{
    struct source from = spill_source(errors);
    char block[32 << 10];
    size_t n;
    rc_t rc;

    if (!spill_bytes(errors))
        return RC_OK;
    rc = db_copy_in(l->db,
                    "COPY stage_reject (line, column_name, code, seen, want) FROM STDIN "
                    "(FORMAT binary)",
                    e);
    while (rc == RC_OK && (rc = from.read(from.ctx, block, sizeof block, &n, e)) == RC_OK && n)
        rc = db_copy_put(l->db, block, n, e);
    return rc == RC_OK ? db_copy_end(l->db, NULL, NULL, e) : rc;
}

/* A record that is not staged was refused: else the file has fewer than the child says. */
static rc_t
count_unstaged(struct load *l, struct arena *a, const struct load_file *f, struct err *e)
{
    const struct load_result *res = &f->res;
    uint64_t unstaged = res->untold ? res->untold->unstaged : 0;
    struct db_result *r;
    rc_t rc;

    if (!res->shape || res->state || f->batch.agency || (uint64_t)res->rows == l->taker.staged)
        return RC_OK;
    rc = db_query(l->db, a,
                  arena_printf(a,
                               "SELECT count(DISTINCT r.line) - count(DISTINCT s.line)"
                               " FROM stage_reject r LEFT JOIN %s s USING (line)",
                               res->shape->tables[ROWS_STAGE].name),
                  DB_NONE, &r, e);
    if (rc == RC_OK && (uint64_t)db_int(r, 0, 0) + unstaged + l->taker.staged < (uint64_t)res->rows)
        rc = err_set(e, RC_RETRY, ERR_CHILD, "the parsing process says nothing of some rows");
    return rc;
}

bool
load_is_held(const struct load_result *res)
{
    return res->state && !strcmp(res->state, "held");
}

/* What the child of a file says that nobody wants to hear to its end says nothing. */
static bool
is_cut_short(const struct load_result *res)
{
    return load_is_held(res) || (res->feed && !res->shape);
}

/* The pipe's end alone does not say that all was read: a child that was killed for its memory or its time closes it too. So how it
 * ended is asked before its rows are taken for whole, but for a file nobody wanted to hear to its end, where it ended because we did not
 * listen. Only then COPY is closed, the rows of stage and tables are held against each other, and the errors are copied behind them. */
static rc_t
stage(struct load *l, struct arena *a, struct load_file *f, struct err *e)
{
    struct load_result *res = &f->res;
    struct rows_child child;
    struct spill *errors = NULL;
    struct progress show;
    struct err child_error = {0};
    rc_t rc, ended;

    f->task.room = &l->room;
    rc = rows_start(&child, &f->task, e);

    if (rc != RC_OK)
        return rc;
    l->rows.n = 0;
    progress_begin(&show, f->batch.label, 0);
    errors = spill_new(f->task.spill_dir, ERRORS_RESIDENT);
    rc = stage_frames(l, a, f, &child, errors, &show, e);
    ended = rows_finish(&child, &child_error);
    progress_end(&show);
    if (rc == RC_END && ended != RC_OK && !is_cut_short(res)) {
        *e = child_error;
        rc = ended;
    }
    if (rc == RC_END)
        rc = copy_close(l, res, e);
    if (rc == RC_OK && res->shape && !is_cut_short(res))
        rc = rows_take_end(&l->taker, res->rows, e);
    if (rc == RC_OK)
        rc = stage_errors(l, errors, e);
    if (rc == RC_OK)
        rc = count_unstaged(l, a, f, e);
    spill_free(&errors);
    return rc;
}

rc_t
load_run(struct load *l, struct arena *a, const struct load_result *res, const char *name,
         struct err *e)
{
    const char *sql = sql_find(name);
    struct progress show;
    rc_t rc;

    if (!sql)
        return err_set(e, RC_FAIL, ERR_EXTRACT, "no statements sql/%s.sql in this program", name);
    progress_begin(&show, name, 0);
    progress_step(&show, name, (unsigned long long)res->rows);
    rc = db_script(l->db, a, sql, NULL, e);
    progress_end(&show);
    return rc == RC_OK ? rc : err_prefix(e, "sql/%s.sql", name);
}

static rc_t
count_rows(struct load *l, struct arena *a, struct load_file *files, uint32_t count, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(l->db, a, SQL_INGEST_COUNT, DB_NONE, &r, e);

    for (int row = 0; rc == RC_OK && row < r->rows; row++)
        for (uint32_t i = 0; i < count; i++)
            if (db_int(r, row, "file") == strtoll(files[i].batch.id, NULL, 10) &&
                !load_is_held(&files[i].res)) {
                files[i].res.rejected = db_int(r, row, "refused") + files[i].res.unlisted;
                files[i].res.repeated = db_int(r, row, "repeated");
            }
    return rc;
}

/* Few rows say nothing of the program that wrote them, and of rows that were given back some may well
 * be wrong again. Whoever wants all or nothing, with 0, gets that. */
static bool
too_few_to_limit(const struct conf_partner *p, const struct load_result *res)
{
    bool share = p->reject_rows == UINT64_MAX;

    if (share ? p->reject_limit <= 0 : p->reject_rows == 0)
        return false;
    return res->facts.correction || (share && (uint64_t)res->rows < p->reject_from);
}

/* The limit of refused rows that is passed; NULL: none is. */
static const char *
passed_limit(struct arena *a, const struct load_batch *b, const struct load_result *res)
{
    const struct conf_partner *p = b->partner;

    if (!p || load_released(b, ERR_REJECT_LIMIT) || load_released(b, ERR_SOFT_REJECT) ||
        too_few_to_limit(p, res))
        return NULL;
    if ((double)res->rejected > p->reject_limit * (double)res->rows)
        return arena_printf(a, "%g%%", p->reject_limit * 100);
    if ((uint64_t)res->rejected > p->reject_rows)
        return db_number(a, (int64_t)p->reject_rows);
    return NULL;
}

/* Rows whose faults were only counted: unless the file is refused whole for so many, rules ask which they are. */
static rc_t
list_untold(struct load *l, struct arena *a, struct load_file *f, struct err *e)
{
    struct load_result *res = &f->res;
    struct db_result *told;
    uint64_t listed;
    rc_t rc;

    if (!res->untold)
        return RC_OK;
    rc = db_query(l->db, a, "SELECT count(DISTINCT line) FROM stage_reject", DB_NONE, &told, e);
    if (rc != RC_OK)
        return rc;
    res->unlisted = (int64_t)res->untold->rows;
    res->rejected = db_int(told, 0, 0) + res->unlisted;
    res->hopeless = res->state || !res->shape || passed_limit(a, &f->batch, res);
    if (res->hopeless)
        return RC_OK;
    rc =
        db_exec(l->db,
                arena_printf(a,
                             "INSERT INTO stage_reject (line, column_name, code)"
                             " SELECT line, '', '' FROM %s s WHERE bad"
                             " AND NOT EXISTS (SELECT 1 FROM stage_reject r WHERE r.line = s.line)",
                             res->shape->tables[ROWS_STAGE].name),
                DB_NONE, &listed, e);
    res->unlisted = (int64_t)res->untold->unstaged;
    if (rc == RC_OK && listed + res->untold->unstaged != res->untold->rows)
        rc = err_set(e, RC_RETRY, ERR_CHILD, "the parsing process counts other rows than it sent");
    return rc;
}

/* An agency hears of no refusal: a person must look. soft-reject: of a partner who is new nothing is
 * refused before a person has seen it. */
static void
soften(struct arena *a, const struct load_batch *b, struct load_result *res)
{
    bool refused = !strcmp(res->state, "rejected");
    char cause[8] = "";

    if (b->agency && refused)
        res->state = "held";
    if (!b->partner || !b->partner->soft_reject || load_released(b, ERR_SOFT_REJECT) ||
        load_is_held(res) || (!refused && !res->rejected))
        return;
    if (refused)
        err_name(res->reason.code, cause);
    load_whole_file(res, "held", ERR_SOFT_REJECT, cause,
                    arena_printf(a, "%lld/%lld", (long long)res->rejected, (long long)res->rows));
}

void
load_conclude(struct arena *a, const struct load_batch *b, struct load_result *res)
{
    const char *limit;

    if (!res->state && res->rows == 0)
        load_whole_file(res, "rejected", ERR_NO_ROWS, "", "");
    else if (!res->state && (limit = passed_limit(a, b, res)))
        load_whole_file(res, "rejected", ERR_REJECT_LIMIT, db_number(a, res->rejected), limit);
    else if (!res->state)
        res->state = "loaded";
    soften(a, b, res);
    if (strcmp(res->state, "loaded") != 0)
        res->repeated = 0;
    else
        res->accepted = res->rows - res->rejected - res->repeated;
}

/* Are so many data files, those of an archive each, still within what was agreed for a day? */
static void
check_files(struct arena *a, const struct load_batch *b, struct load_result *res, int count)
{
    uint32_t most = b->partner ? b->partner->limits.files : UINT32_MAX;

    if (!res->state && res->files_today + count > (int64_t)most &&
        !load_released(b, ERR_LIMIT_FILES))
        load_whole_file(res, "held", ERR_LIMIT_FILES, db_number(a, res->files_today + count),
                        db_number(a, (int64_t)most));
}

static rc_t
check_limits(struct load *l, struct arena *a, const struct load_batch *b, struct load_result *res,
             struct err *e)
{
    const struct conf *c = l->hub->conf;
    const struct conf_limits *limits = &b->partner->limits;
    int cutoff = conf_cutoff(c);
    struct db_result *r;
    char date[9];
    rc_t rc;

    if (!b->file_id) {
        load_whole_file(res, "held", ERR_LIMIT_SIZE, db_number(a, (int64_t)b->size),
                        db_number(a, (int64_t)limits->size));
        return RC_OK;
    }
    clock_business_date(b->received, c->zone.timezone, cutoff, date);
    rc =
        db_query(l->db, a, SQL_INGEST_TODAY,
                 DB_ARGS(b->party, b->upload,
                         db_number(a, clock_local_moment(date, cutoff - 24 * 60, c->zone.timezone)),
                         db_number(a, clock_local_moment(date, cutoff, c->zone.timezone))),
                 &r, e);
    if (rc != RC_OK)
        return rc;
    res->files_today = db_int(r, 0, "files");
    if ((uint64_t)db_int(r, 0, "bytes") + b->size > limits->bytes &&
        !load_released(b, ERR_LIMIT_BYTES))
        load_whole_file(res, "held", ERR_LIMIT_BYTES,
                        db_number(a, db_int(r, 0, "bytes") + (int64_t)b->size),
                        db_number(a, (int64_t)limits->bytes));
    check_files(a, b, res, 1);
    return RC_OK;
}

/* The same bytes: loaded before, or held by an operator under whatever name. */
static rc_t
find_same_bytes(struct load *l, struct arena *a, const struct load_batch *b,
                struct load_result *res, struct err *e)
{
    struct db_result *r;
    rc_t rc = db_query(l->db, a, SQL_INGEST_DUPLICATE,
                       DB_ARGS(b->party, b->file_id, b->upload, b->part ? b->item : NULL), &r, e);

    if (rc != RC_OK)
        return rc;
    if (db_value(r, 0, "loaded")) {
        res->state = "duplicate";
        res->duplicate_of = db_value(r, 0, "loaded");
    } else if (db_value(r, 0, "held") && !load_released(b, ERR_BY_HAND_SAME))
        load_whole_file(res, "held", ERR_BY_HAND_SAME, "", db_value(r, 0, "held"));
    return RC_OK;
}

rc_t
load_hear(struct load *l, struct arena *a, struct load_file *f, struct err *e)
{
    const struct load_batch *b = &f->batch;
    struct load_result *res = &f->res;
    struct totals *said = ARENA_NEW(a, struct totals);
    struct rows_reason reason = {.code = ERR_NONE};
    rc_t rc = RC_OK;

    if (l->trial)
        control_heard(b->sum, b->name, b->file_id, b->overrides, said, &reason);
    else
        rc = control_said(l->db, a, b->upload, b->file_id, b->overrides, said, &reason, e);
    f->task.overrides = b->overrides;
    f->task.totals_required = b->partner && b->partner->totals_required && !totals_any(said);
    if (rc != RC_OK || b->part) /* what is said is of all parts, and was looked at before */
        return rc;
    f->task.said = said;
    if (reason.code) {
        res->state = "held";
        res->reason = reason;
    }
    return RC_OK;
}

rc_t
load_count_parts(const struct rows_task *task, struct load_result *res, struct err *e)
{
    rc_t rc = control_parts(task, res->items, res->item_count, &res->totals, &res->reason, e);

    if (rc == RC_OK && res->reason.code)
        res->state = "held";
    return rc;
}

/* What is known of a file before a row of it is read. */
static rc_t
look_at_file(struct load *l, struct arena *a, struct load_file *f, struct err *e)
{
    struct load_result *res = &f->res;
    rc_t rc;

    if ((rc = find_same_bytes(l, a, &f->batch, res, e)) != RC_OK || res->state ||
        (f->batch.partner && (rc = check_limits(l, a, &f->batch, res, e)) != RC_OK) || res->state)
        return rc;
    return load_hear(l, a, f, e);
}

static rc_t
stage_file(struct load *l, struct arena *a, struct load_file *f, struct err *e)
{
    struct load_result *res = &f->res;
    rc_t rc;

    if ((rc = db_set(l->db, "hub.batch_id", f->batch.id, e)) != RC_OK ||
        (rc = stage(l, a, f, e)) != RC_OK)
        return rc;
    if ((rc = list_untold(l, a, f, e)) != RC_OK)
        return rc;
    if (res->item_count == 1 && res->items[0])
        f->task.item = res->items[0]; /* for whoever reads it again */
    if (res->item_count > 1)
        check_files(a, &f->batch, res, res->item_count);
    if (res->item_count > 1 && !res->state)
        rc = load_count_parts(&f->task, res, e);
    res->staged = res->state || (res->item_count <= 1 && !is_cut_short(res));
    return rc;
}

/* Beside others a file that is not taken leaves its rows behind. */
static rc_t
unstage(struct load *l, struct arena *a, const struct load_file *f, struct err *e)
{
    const struct rows_shape *shape = f->res.shape;

    return shape ? db_exec(l->db,
                           arena_printf(a, "DELETE FROM %s WHERE file = $1::bigint",
                                        shape->tables[ROWS_STAGE].name),
                           DB_ARGS(f->batch.id), NULL, e)
                 : RC_OK;
}

/* What receipts are held against: the moment, how far ahead of it one may be, and how far apart two
 * may be whose order nobody can tell. */
static rc_t
set_clock(struct load *l, const struct load_batch *b, struct err *e)
{
    static const struct conf_agency nobody = {.receipt_ahead_s = 12 * 3600, .receipt_skew_s = 30};
    const struct conf_agency *g = b->agency ? conf_agency(l->hub->conf, b->party) : NULL;
    const char *timezone = l->hub->conf->zone.timezone;
    char now[18], latest[18], skew[24];
    const char *const settings[][2] = {
        {"hub.receipt_now",    now     },
        {"hub.receipt_latest", latest  },
        {"hub.receipt_skew",   skew    },
        {"hub.timezone",       timezone},
    };
    rc_t rc = RC_OK;

    g = g ? g : &nobody;
    clock_local14(clock_now(), timezone, now);
    clock_local14(clock_now() + g->receipt_ahead_s, timezone, latest);
    memcpy(now + 14, "999", 4); /* the whole of that second */
    memcpy(latest + 14, "999", 4);
    snprintf(skew, sizeof skew, "%u", g->receipt_skew_s);
    for (size_t i = 0; rc == RC_OK && i < sizeof settings / sizeof *settings; i++)
        rc = db_set(l->db, settings[i][0], settings[i][1], e);
    return rc;
}

/* Who sends another form than ours reads of its columns, whoever found the fault: the reader or a rule. */
static rc_t
name_columns(struct load *l, struct arena *a, const struct load_result *res, struct err *e)
{
    const struct mapping *m = feeds_mapped(l->feeds, &res->facts);
    const struct plan_node *root;
    struct buf names = {0};

    if (!m)
        return RC_OK;
    root = m->plan->root;
    for (uint32_t i = 0; i < root->child_count; i++) {
        buf_str(&names, i ? ", " : "{");
        json_string(&names, root->children[i]->name);
        buf_str(&names, ": ");
        json_string(&names, mapping_name(m, a, i, res->facts.chosen));
    }
    buf_str(&names, "}");
    return db_exec(l->db, SQL_INGEST_TITLES, DB_ARGS(buf_text(&names, a)), NULL, e);
}

/* The rules are those of any: all go into one stage. */
static rc_t
judge(struct load *l, struct arena *a, struct load_file *files, uint32_t count, struct err *e)
{
    const struct load_result *ruled = NULL;
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < count; i++)
        if (files[i].res.staged && !files[i].res.state && !files[i].res.hopeless)
            ruled = &files[i].res;
        else if (count > 1)
            rc = unstage(l, a, &files[i], e);
    if (rc == RC_OK && ruled && (rc = set_clock(l, &files[0].batch, e)) == RC_OK)
        rc = judge_rows(l, a, ruled, e);
    if (rc == RC_OK && count == 1)
        rc = name_columns(l, a, &files[0].res, e);
    if (rc == RC_OK)
        rc = count_rows(l, a, files, count, e);
    for (uint32_t i = 0; rc == RC_OK && i < count; i++)
        if (files[i].res.staged)
            load_conclude(a, &files[i].batch, &files[i].res);
    return rc;
}

/* What costs little is asked first: a file that came before, or is beyond what was agreed, is never opened. Then all files are staged, and
 * judged once together. Killed at the fault point the server rolls back: temporary tables and rows are gone. */
rc_t
load_verdict(struct load *l, struct arena *a, struct load_file *files, uint32_t count,
             struct err *e)
{
    bool staged = false;
    rc_t rc = db_script(l->db, a, SQL_INGEST_STAGE_REJECT, NULL, e);

    l->stage = NULL;
    for (uint32_t i = 0; rc == RC_OK && i < count; i++)
        if ((rc = look_at_file(l, a, &files[i], e)) == RC_OK && !files[i].res.state) {
            rc = stage_file(l, a, &files[i], e);
            staged |= files[i].res.staged;
        }
    if (rc != RC_OK || !staged)
        return rc;
    fault_point("ingest-staged");
    return judge(l, a, files, count, e);
}
