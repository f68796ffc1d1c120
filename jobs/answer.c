#include "answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "csv.h"
#include "log.h"
#include "spill.h"
#include "statements.h"
#include "table.h"

#define BLOCK 65536

/* Commit the file and point to it. */
static rc_t
keep(struct hub *hub, struct arena *a, int64_t batch_id, const char *kind, const char *ending,
     struct spool_file **file, struct err *e)
{
    uint64_t bytes = spool_bytes(*file);
    const char *id;
    rc_t rc = spool_commit(file, a, &id, e);

    if (rc != RC_OK)
        return rc;
    return db_exec(hub->db, SQL_INGEST_ANSWER,
                   DB_ARGS(db_number(a, batch_id), kind, ending, id, db_number(a, (int64_t)bytes)),
                   NULL, e);
}

/* ---- NAME.rejects.csv ---- */

/* The errors of one line, as the four columns that are added to it. */
struct faults {
    uint64_t line;
    struct buf columns, codes, message;
};

struct rejects {
    struct hub *hub;
    struct db_stream *errors; /* ordered by line */
    const struct span *error; /* the next one; NULL: there is no more */
    struct faults faults;
    struct rows_facts facts;
    enum charset charset;
    struct charset_conv *conv;
    struct sink out;
    struct buf text;
    struct buf ours; /* what is added to the line at hand, UTF-8 */
};

static void
sentence(struct buf *out, const char *text, const char *want)
{
    char filled[600];

    err_fill(filled, sizeof filled, text, want);
    buf_str(out, filled);
}

/* column: 应… / must …（实际 seen: …） 改正 / to do */
static void
add_fault(struct faults *f, const char *column, const char *code, const char *seen,
          const char *want)
{
    const struct err_text *t = err_text(err_code(code));

    buf_printf(&f->columns, "%s%s", f->columns.n ? ";" : "", column);
    buf_printf(&f->codes, "%s%s", f->codes.n ? ";" : "", code);
    if (f->message.n)
        buf_str(&f->message, "; ");
    if (*column)
        buf_printf(&f->message, "%s: ", column);
    sentence(&f->message, t->zh, want);
    if (seen && *seen)
        buf_printf(&f->message, "（实际：%s）", seen);
    buf_printf(&f->message, "，%s / ", t->todo_zh);
    sentence(&f->message, t->en, want);
    if (seen && *seen)
        buf_printf(&f->message, " (seen: %s)", seen);
    buf_printf(&f->message, ", %s", t->todo_en);
}

static rc_t
next_error(struct rejects *r, struct err *e)
{
    rc_t rc = db_stream_next(r->errors, &r->error, e);

    if (rc == RC_END)
        r->error = NULL;
    return rc == RC_END ? RC_OK : rc;
}

static uint64_t
error_line(const struct rejects *r)
{
    char number[24];

    snprintf(number, sizeof number, "%.*s", SPAN_F(r->error[0]));
    return strtoull(number, NULL, 10);
}

static rc_t
collect_faults(struct rejects *r, struct arena *a, uint64_t line, struct err *e)
{
    struct faults *f = &r->faults;
    rc_t rc = RC_OK;

    f->line = line;
    f->columns.n = f->codes.n = f->message.n = 0;
    while (rc == RC_OK && r->error && error_line(r) <= line) {
        if (error_line(r) == line)
            add_fault(f, arena_span(a, r->error[1]), arena_span(a, r->error[2]),
                      arena_span(a, r->error[3]), arena_span(a, r->error[4]));
        rc = next_error(r, e);
    }
    return rc;
}

static void
put_ours(struct rejects *r, struct span utf8)
{
    buf_put(&r->ours, &r->facts.delimiter, 1);
    csv_put(&r->ours, utf8, r->facts.delimiter);
}

/* The record as it came; but a byte that is half a unit of UTF-16, at the end of a file that was
 * cut off, would shift all that follows. */
static void
put_raw(struct rejects *r, struct span raw)
{
    buf_put(&r->text, raw.p, charset_is_utf16(r->charset) ? raw.n & ~(size_t)1 : raw.n);
}

static rc_t
flush(struct rejects *r, struct err *e)
{
    rc_t rc = r->text.n ? r->out.write(r->out.ctx, r->text.p, r->text.n, e) : RC_OK;

    r->text.n = 0;
    return rc;
}

static rc_t
put_line(struct rejects *r, uint64_t line, struct span raw, bool header, struct err *e)
{
    struct arena *a = arena_new("reject line");
    struct span ours;
    char at[24];
    rc_t rc = RC_OK;

    snprintf(at, sizeof at, "%llu", (unsigned long long)line);
    put_raw(r, raw);
    r->ours.n = 0;
    if (header) {
        put_ours(r, SPAN("_line"));
        put_ours(r, SPAN("_column"));
        put_ours(r, SPAN("_code"));
        put_ours(r, SPAN("_message"));
    } else {
        rc = collect_faults(r, a, line, e);
        put_ours(r, span_of(at));
        put_ours(r, (struct span){r->faults.columns.p, r->faults.columns.n});
        put_ours(r, (struct span){r->faults.codes.p, r->faults.codes.n});
        put_ours(r, (struct span){r->faults.message.p, r->faults.message.n});
    }
    buf_str(&r->ours, r->facts.line_end);
    ours = charset_from_utf8(r->conv, a, (struct span){r->ours.p, r->ours.n});
    buf_put(&r->text, ours.p, ours.n);
    arena_free(&a);
    return rc == RC_OK && r->text.n > BLOCK ? flush(r, e) : rc;
}

static rc_t
read_facts(struct rejects *r, const char *p, uint32_t n, struct err *e)
{
    struct span bom;

    rc_t rc = rows_facts_read(&r->facts, p, n, UINT32_MAX, e);

    if (rc != RC_OK)
        return rc;
    if (!charset_parse(&r->charset, r->facts.charset))
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process names an unknown charset");
    bom = charset_bom(r->charset);
    r->conv = charset_open(r->charset);
    if (r->facts.bom)
        buf_put(&r->text, bom.p, bom.n);
    return RC_OK;
}

static rc_t
copy_lines(struct rejects *r, struct rows_child *child, struct err *e)
{
    bool header = true;
    enum frame_type type;
    const char *p;
    uint32_t n;
    rc_t rc;

    while ((rc = rows_frame(child, &type, &p, &n, e)) == RC_OK) {
        uint64_t line;
        if (type == FRAME_FACTS) {
            rc = read_facts(r, p, n, e);
        } else if (type == FRAME_RAW && n >= sizeof line && r->conv) {
            memcpy(&line, p, sizeof line);
            rc = put_line(r, line, (struct span){p + sizeof line, n - sizeof line}, header, e);
            header = false;
        }
        if (rc != RC_OK)
            return rc;
    }
    return rc == RC_END ? flush(r, e) : rc;
}

/* For the child: which records. They may be as many as the file has. */
static rc_t
list_lines(struct rejects *r, struct spill *lines, struct rows_task *task, struct err *e)
{
    uint64_t line, last = 0;
    rc_t rc = db_stream_open(r->hub->db, &r->errors, SQL_INGEST_REJECTS, e);

    while (rc == RC_OK && (rc = next_error(r, e)) == RC_OK && r->error) {
        if ((line = error_line(r)) == last)
            continue;
        rc = spill_put(lines, &line, sizeof line, e);
        task->line_count++;
        last = line;
    }
    db_stream_close(&r->errors);
    return rc == RC_OK ? spill_file(lines, &task->lines, e) : rc;
}

static rc_t
first_error(struct rejects *r, struct err *e)
{
    rc_t rc = db_stream_open(r->hub->db, &r->errors, SQL_INGEST_REJECTS, e);

    return rc == RC_OK ? next_error(r, e) : rc;
}

rc_t
answer_rejects(struct hub *hub, const struct rows_task *how, struct sink out, struct err *e)
{
    struct rejects r = {.hub = hub, .out = out};
    struct spill *lines = spill_new(how->spill_dir, BLOCK);
    struct rows_task task = *how;
    struct rows_child child = {.fd = -1};
    rc_t rc, ended;

    if ((rc = list_lines(&r, lines, &task, e)) != RC_OK || (rc = first_error(&r, e)) != RC_OK ||
        (rc = rows_start(&child, &task, e)) != RC_OK)
        goto out;
    rc = copy_lines(&r, &child, e);
    while (rc == RC_OK && r.error) /* of no record; a stream that is cut off ends the transaction */
        rc = next_error(&r, e);
    ended = rows_finish(&child, rc == RC_OK ? e : NULL);
    if (rc == RC_OK)
        rc = ended;
out:
    db_stream_close(&r.errors);
    spill_free(&lines);
    charset_close(&r.conv);
    buf_free(&r.text);
    buf_free(&r.ours);
    buf_free(&r.faults.columns);
    buf_free(&r.faults.codes);
    buf_free(&r.faults.message);
    return rc;
}

static rc_t
write_rejects(struct hub *hub, struct arena *a, int64_t batch_id, const struct rows_task *task,
              struct err *e)
{
    struct spool_file *f = NULL;
    rc_t rc = spool_begin(hub->spool, &f, e);

    if (rc != RC_OK)
        return rc;
    rc = answer_rejects(hub, task, spool_sink(f), e);
    if (rc == RC_OK)
        rc = keep(hub, a, batch_id, "rejects", "csv", &f, e);
    spool_abort(&f);
    return rc;
}

/* ---- NAME.ack.xml ---- */

/* 原因（实际：…）；改正 / reason (seen: …); what to do */
static void
put_reason(struct buf *text, err_code_t code, bool zh, const char *seen, const char *want)
{
    const struct err_text *t = err_text(code);

    if (text->n)
        buf_str(text, zh ? "。" : ". ");
    sentence(text, zh ? t->zh : t->en, want);
    if (seen && *seen)
        buf_printf(text, zh ? "（实际：%s）" : " (seen: %s)", seen);
    buf_printf(text, zh ? "；%s" : "; %s", zh ? t->todo_zh : t->todo_en);
}

static void
put_reasons(struct buf *json, const struct db_result *r, int row, bool zh)
{
    const char *code = db_value(r, row, 1), *replaces = db_value(r, row, 4);
    struct buf text = {0};

    if (code)
        put_reason(&text, err_code(code), zh, db_value(r, row, 2), db_text(r, row, 3));
    if (replaces)
        put_reason(&text, ERR_TAKEN_WHOLE, zh, NULL, replaces);
    buf_put(&text, "", 1);
    json_string(json, text.p);
    buf_free(&text);
}

/* What is to be said of batches as a whole, as JSON: {"12": {"zh": …, "en": …}} */
static rc_t
set_messages(struct hub *hub, struct arena *a, const char *upload, struct err *e)
{
    struct buf json = {0};
    struct db_result *r;
    rc_t rc = db_query(hub->db, a, SQL_INGEST_REASONS, DB_ARGS(upload), &r, e);

    if (rc != RC_OK)
        return rc;
    buf_str(&json, "{");
    for (int i = 0; i < r->rows; i++) {
        buf_printf(&json, "%s\"%s\": {\"zh\": ", i ? ", " : "", db_text(r, i, 0));
        put_reasons(&json, r, i, true);
        buf_str(&json, ", \"en\": ");
        put_reasons(&json, r, i, false);
        buf_str(&json, "}");
    }
    buf_put(&json, "}", 2); /* with its NUL */
    rc = db_set(hub->db, "hub.messages", json.p, e);
    buf_free(&json);
    return rc;
}

static rc_t
write_ack(struct hub *hub, struct arena *a, const struct format *ack, int64_t upload, struct err *e)
{
    const char *first = db_number(a, upload);
    struct spool_file *f = NULL;
    rc_t rc;

    if ((rc = set_messages(hub, a, first, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.batch_id", first, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.agencies", conf_agencies(hub->conf, a), e)) != RC_OK ||
        (rc = spool_begin(hub->spool, &f, e)) != RC_OK)
        return rc;
    rc = message_small(hub, ack, spool_sink(f), e);
    if (rc == RC_OK)
        rc = keep(hub, a, upload, "ack", "xml", &f, e);
    spool_abort(&f);
    return rc;
}

rc_t
answer_write(struct hub *hub, const struct format *ack, int64_t batch_id,
             const struct rows_task *task, struct err *e)
{
    struct arena *a = arena_new("answer");
    const char *id = db_number(a, batch_id);
    struct db_result *upload;
    rc_t rc;

    if ((rc = db_set(hub->db, "hub.batch_id", id, e)) != RC_OK ||
        (rc = db_query(hub->db, a, SQL_INGEST_UPLOAD, DB_ARGS(id), &upload, e)) != RC_OK ||
        conf_agency(hub->conf, db_text(upload, 0, 2)))
        goto out;
    if (task)
        rc = write_rejects(hub, a, batch_id, task, e);
    if (rc == RC_OK && db_int(upload, 0, 1) == 0)
        rc = write_ack(hub, a, ack, db_int(upload, 0, 0), e);
out:
    arena_free(&a);
    return rc;
}
