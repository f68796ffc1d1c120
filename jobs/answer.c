#include "answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "rejects.h"
#include "sql/statements.h"
#include "table.h"

#define MESSAGE_BYTES 2000 /* formats/feed/ack.xsd has room for as many characters */

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

/* ---- NAME.rejects.csv, or .xlsx ---- */

/* What a partner gets back of an upload: not more than goes with what was sent, however little makes many
 * faults. Of each of its data files at least some rows. */
#define REJECTS_LEAST ((uint64_t)1 << 20)
#define REJECTS_TIMES 16
#define REJECTS_FILE  4096

static uint64_t
bytes_left(uint64_t size, uint64_t given)
{
    uint64_t all = REJECTS_LEAST + REJECTS_TIMES * size;

    return given + REJECTS_FILE < all ? all - given : REJECTS_FILE;
}

static rc_t
tell_short(struct hub *hub, struct arena *a, int64_t batch_id, const struct rejects_told *told,
           struct err *e)
{
    char code[8];

    return db_exec(hub->db, SQL_INGEST_NOTICE,
                   DB_ARGS(db_number(a, batch_id), err_name(ERR_ANSWER_SHORT, code),
                           db_number(a, (int64_t)(told->rows + told->left)),
                           db_number(a, (int64_t)told->rows)),
                   NULL, e);
}

rc_t
answer_rejects(struct hub *hub, const struct db_result *upload, const struct rows_task *task,
               struct sink out, struct rejects_told *told, struct err *e)
{
    told->most = bytes_left((uint64_t)db_int(upload, 0, "size"),
                            (uint64_t)db_int(upload, 0, "bytes_before"));
    told->faults = task->faults;
    told->refused = (uint64_t)db_int(upload, 0, "rejected");
    return task->file.fd >= 0 ? rejects_write(hub, task, out, told, e)
                              : rejects_list(hub, task, out, told, e);
}

static rc_t
write_rejects(struct hub *hub, struct arena *a, int64_t batch_id, const struct db_result *upload,
              const struct rows_task *task, struct err *e)
{
    struct rejects_told told = {0};
    struct spool_file *f = NULL;
    rc_t rc = spool_begin(hub->spool, &f, e);

    if (rc != RC_OK)
        return rc;
    rc = answer_rejects(hub, upload, task, spool_sink(f), &told, e);
    if (rc == RC_OK)
        rc = keep(hub, a, batch_id, "rejects", told.book ? "xlsx" : "csv", &f, e);
    if (rc == RC_OK && told.left)
        rc = tell_short(hub, a, batch_id, &told, e);
    spool_abort(&f);
    return rc;
}

/* ---- NAME.ack.xml ---- */

/* 原因（实际：…）；改正 / reason (seen: …); what to do */
static void
put_reason(struct buf *text, const char *code, bool zh, const char *seen, const char *want)
{
    const struct err_text *t = err_text_of(code);

    if (text->n)
        buf_str(text, zh ? "。" : ". ");
    rejects_sentence(text, t, zh, seen, want);
    buf_printf(text, zh ? "；%s" : "; %s", zh ? t->todo_zh : t->todo_en);
}

/* The ack has room for so much of it. */
static void
put_message(struct buf *json, struct buf *text)
{
    char shown[MESSAGE_BYTES];

    json_string(json, span_show(shown, sizeof shown, (struct span){text->p, text->n}));
    text->n = 0;
}

/* Why batches are held or refused as a whole, and what else is told of them, as JSON: {"12": {"zh": …, "en": …}} */
static rc_t
set_messages(struct hub *hub, struct arena *a, const char *upload, struct err *e)
{
    struct buf json = {0}, zh = {0}, en = {0};
    struct db_result *r;
    rc_t rc = db_query(hub->db, a, SQL_INGEST_REASONS, DB_ARGS(upload), &r, e);

    if (rc != RC_OK)
        return rc;
    buf_str(&json, "{");
    for (int i = 0; i < r->rows; i++) {
        put_reason(&zh, db_text(r, i, "code"), true, db_value(r, i, "seen"), db_text(r, i, "want"));
        put_reason(&en, db_text(r, i, "code"), false, db_value(r, i, "seen"),
                   db_text(r, i, "want"));
        if (i + 1 < r->rows &&
            strcmp(db_text(r, i, "batch_id"), db_text(r, i + 1, "batch_id")) == 0)
            continue; /* more is told of this batch */
        buf_printf(&json, "%s\"%s\": {\"zh\": ", json.n > 1 ? ", " : "", db_text(r, i, "batch_id"));
        put_message(&json, &zh);
        buf_str(&json, ", \"en\": ");
        put_message(&json, &en);
        buf_str(&json, "}");
    }
    buf_put(&json, "}", 2); /* with its NUL */
    rc = db_set(hub->db, "hub.messages", json.p, e);
    buf_free(&json);
    buf_free(&zh);
    buf_free(&en);
    return rc;
}

/* What each agency takes: {"credit": ["SALE", …], …} */
static const char *
taken_json(const struct conf *c, struct arena *a)
{
    struct buf json = {0};

    buf_str(&json, "{");
    for (uint32_t i = 0; i < c->agency_count; i++) {
        buf_str(&json, i ? ", " : "");
        json_string(&json, c->agencies[i].id);
        buf_str(&json, ": [");
        for (const char **kind = c->agencies[i].messages; *kind; kind++) {
            buf_str(&json, kind == c->agencies[i].messages ? "" : ", ");
            json_string(&json, *kind);
        }
        buf_str(&json, "]");
    }
    buf_str(&json, "}");
    return buf_text(&json, a);
}

rc_t
answer_ack(struct hub *hub, struct arena *a, const struct format *ack, int64_t upload,
           struct sink out, struct err *e)
{
    const char *first = db_number(a, upload);
    rc_t rc;

    if ((rc = set_messages(hub, a, first, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.batch_id", first, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.agencies", taken_json(hub->conf, a), e)) != RC_OK)
        return rc;
    return message_small(hub, ack, out, e);
}

static rc_t
write_ack(struct hub *hub, struct arena *a, const struct format *ack, int64_t upload, struct err *e)
{
    struct spool_file *f = NULL;
    rc_t rc = spool_begin(hub->spool, &f, e);

    if (rc == RC_OK)
        rc = answer_ack(hub, a, ack, upload, spool_sink(f), e);
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
        conf_agency(hub->conf, db_text(upload, 0, "party")))
        goto out;
    if (task)
        rc = write_rejects(hub, a, batch_id, upload, task, e);
    if (rc == RC_OK && db_int(upload, 0, "open") == 0)
        rc = write_ack(hub, a, ack, db_int(upload, 0, "upload_id"), e);
out:
    arena_free(&a);
    return rc;
}
