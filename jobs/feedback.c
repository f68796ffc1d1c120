#include "feedback.h"

#include <stdlib.h>
#include <string.h>

#include "aside.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "formats/read/csv.h"
#include "load/feeds.h"
#include "message.h"
#include "sql/statements.h"
#include "table.h"

#define BLOCK 65536

/* The words an answer's text may name a column by: {feed: [[element, title], …], …} */
static const char *
columns_json(struct arena *a, const struct feeds *f)
{
    struct buf b = {0};

    for (uint32_t i = 0; i < f->count; i++) {
        const struct plan_node *root = f->plans[i]->root;

        buf_printf(&b, "%s\"%s\":", i ? "," : "{", f->plans[i]->feed);
        for (uint32_t k = 0; k < root->child_count; k++) {
            buf_str(&b, k ? ",[" : "[[");
            json_string(&b, root->children[k]->name);
            buf_str(&b, ",");
            json_string(&b, root->children[k]->title);
            buf_str(&b, "]");
        }
        buf_str(&b, "]");
    }
    buf_str(&b, "}");
    return buf_text(&b, a);
}

static rc_t
settings(struct hub *hub, struct arena *a, struct err *e)
{
    struct feeds *feeds = ARENA_NEW(a, struct feeds);
    char iso[21], day[9];
    rc_t rc = feeds_load(feeds, hub, a, FEEDS_PARTNERS, e);

    clock_local_date(clock_now(), hub->conf->zone.timezone, day);
    if (rc == RC_OK && (rc = db_set(hub->db, "hub.columns", columns_json(a, feeds), e)) == RC_OK &&
        (rc = db_set(hub->db, "hub.now", clock_iso(clock_now(), iso), e)) == RC_OK)
        rc = db_set(hub->db, "hub.day", day, e);
    return rc;
}

/* The element a column of the query stands for. */
static const char *
element_name(const struct plan_node *row, const char *column)
{
    for (uint32_t i = 0; i < row->child_count; i++)
        if (strcmp(row->children[i]->column, column) == 0)
            return row->children[i]->name;
    return NULL;
}

/* Columns of the file: which of the query's, from its second on. */
struct csv {
    struct buf text;
    uint32_t *columns, count;
};

static void
put_row(struct csv *out, const struct span *values)
{
    for (uint32_t i = 0; i < out->count; i++) {
        if (i)
            buf_str(&out->text, ",");
        csv_put(&out->text, values[out->columns[i]], ',');
    }
    buf_str(&out->text, "\r\n");
}

/* Who has no rows but of orders, payments and waybills hears of no other numbers: its program reads columns by place. */
static bool
is_left_out(const char *column, bool has_others)
{
    return !has_others && (strcmp(column, "issuer") == 0 || strcmp(column, "number") == 0);
}

static void
put_header(struct csv *out, struct arena *a, const struct plan_node *row, struct db_stream *s,
           bool has_others)
{
    uint32_t count = db_stream_count(s);
    struct span *names = arena_alloc(a, count * sizeof *names);

    out->columns = arena_alloc(a, count * sizeof *out->columns);
    for (uint32_t i = 1; i < count; i++) {
        const char *column = db_stream_columns(s)[i];

        names[i] = span_of(element_name(row, column));
        if (!is_left_out(column, has_others))
            out->columns[out->count++] = i;
    }
    buf_str(&out->text, "\xEF\xBB\xBF"); /* as spreadsheets open it */
    put_row(out, names);
}

static rc_t
flush(struct buf *text, struct sink out, size_t at_least, struct err *e)
{
    rc_t rc = RC_OK;

    if (text->n >= at_least) {
        rc = out.write(out.ctx, text->p, text->n, e);
        text->n = 0;
    }
    return rc;
}

/* The last level of the message, an answer a row. */
static rc_t
write_csv(struct hub *hub, const struct format *f, struct sink out, struct err *e)
{
    const struct plan_node *row = f->plan->root->children[f->plan->root->child_count - 1];
    struct arena *a = arena_new("feedback");
    struct db_stream *s = NULL;
    const struct span *values;
    struct csv csv = {0};
    struct db_result *r;
    rc_t rc = db_query(hub->db, a,
                       "SELECT count(number) FROM feedback_now "
                       "WHERE party = (SELECT current_setting('hub.party'))",
                       DB_NONE, &r, e);

    if (rc == RC_OK)
        rc = db_stream_open(hub->db, &s, f->extract.levels[f->extract.count - 1].query, e);
    if (rc == RC_OK)
        put_header(&csv, a, row, s, db_int(r, 0, 0) > 0);
    while (rc == RC_OK && (rc = db_stream_next(s, &values, e)) == RC_OK) {
        put_row(&csv, values);
        rc = flush(&csv.text, out, BLOCK, e);
    }
    if (rc == RC_END)
        rc = flush(&csv.text, out, 1, e);
    db_stream_close(&s);
    buf_free(&csv.text);
    arena_free(&a);
    return rc;
}

static rc_t
make_file(struct hub *hub, struct arena *a, const struct format *f, const char *party,
          const char *suffix,
          rc_t (*write)(struct hub *, const struct format *, struct sink, struct err *),
          struct err *e)
{
    struct spool_file *file = NULL;
    struct spool_kept kept;
    rc_t rc = spool_begin(hub->spool, &file, e);

    if (rc == RC_OK)
        rc = write(hub, f, spool_sink(file), e);
    if ((rc = spool_end(&file, rc, a, &kept, e)) != RC_OK)
        return rc;
    return db_exec(hub->db, SQL_PUBLISH_FEEDBACK_FILE,
                   DB_ARGS(party, suffix, kept.id, db_number(a, (int64_t)kept.bytes)), NULL, e);
}

/* One round: what is told now. */
struct round {
    const char *later;  /* partners whose files could not be made in a round before (an array) */
    const char *failed; /* the one whose files could not be made in this one */
    int64_t answers;
};

static rc_t
make_files(struct hub *hub, struct arena *a, struct round *round, struct err *e)
{
    struct db_result *parties;
    struct format *f;
    rc_t rc = format_load(&f, hub, a, FEEDS_PARTNERS, "feedback", e);

    if (rc == RC_OK)
        rc = db_query(hub->db, a,
                      "SELECT party, count(*) FROM feedback_now GROUP BY party ORDER BY party",
                      DB_NONE, &parties, e);
    for (int i = 0; rc == RC_OK && i < parties->rows; i++) {
        const char *party = db_text(parties, i, "party");

        if (!conf_partner(hub->conf, party)) /* not any more */
            continue;
        if ((rc = db_set(hub->db, "hub.party", party, e)) == RC_OK &&
            (rc = make_file(hub, a, f, party, ".csv", write_csv, e)) == RC_OK)
            rc = make_file(hub, a, f, party, ".xml", message_streamed, e);
        if (rc != RC_OK && fault_of_kind(rc, e))
            round->failed = party;
        round->answers += db_int(parties, i, "count");
    }
    return rc;
}

static rc_t
make(struct hub *hub, struct arena *a, struct round *round, struct err *e)
{
    rc_t rc;

    /* Files, their rows and the marks on what they tell are one transaction: each answer of an agency is told once, or, when
     * this is killed, not yet. */
    if ((rc = settings(hub, a, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.told_later", round->later, e)) != RC_OK ||
        (rc = db_begin(hub->db, e)) != RC_OK ||
        (rc = db_script(hub->db, a, SQL_PUBLISH_FEEDBACK, NULL, e)) != RC_OK ||
        (rc = make_files(hub, a, round, e)) != RC_OK ||
        (rc = db_script(hub->db, a, SQL_PUBLISH_FEEDBACK_DONE, NULL, e)) != RC_OK)
        return rc;
    fault_point("feedback-made");
    return db_commit(hub->db, e);
}

static void
tell_waits(struct job *job, const char *party, struct err *why)
{
    err_prefix(why, "feedback of %s, which waits until it can be made", party);
    log_err(LOG_ERROR, why);
    memset(why, 0, sizeof *why);
    job_count(job, "feedback_failed", 1);
    job->rejects = true;
}

static void
put_later(struct buf *later, const char *party)
{
    buf_printf(later, "%s\"%s\"", later->n ? "," : "", party);
}

/* Which column is to be corrected is found by the titles of its feed: who may send a feed whose XSD cannot be used hears when it can. */
static rc_t
put_waiting(struct job *job, struct arena *a, struct buf *later, struct err *e)
{
    const struct conf *c = job->hub->conf;
    struct feeds feeds = {0};
    rc_t rc = feeds_load(&feeds, job->hub, a, FEEDS_PARTNERS, e);

    for (uint32_t i = 0; rc == RC_OK && i < c->partner_count; i++) {
        struct err why = {0};

        if (feeds_own_whole(&feeds, &c->partners[i], &why) == RC_OK)
            continue;
        tell_waits(job, c->partners[i].id, &why);
        put_later(later, c->partners[i].id);
    }
    return rc;
}

/* What cannot be made for one partner waits for the next run, and costs the others only the answers that are about both: an answer is
 * told once, to all whom it concerns. */
static rc_t
make_rounds(struct job *job, struct arena *a, struct err *e)
{
    struct hub *hub = job->hub;
    struct buf later = {0};
    rc_t rc = put_waiting(job, a, &later, e);

    while (rc == RC_OK) {
        struct round round = {.later =
                                  arena_printf(a, "{%.*s}", (int)later.n, later.n ? later.p : "")};

        rc = make(hub, a, &round, e);
        if (!round.failed) {
            if (rc == RC_OK && round.answers)
                job_count(job, "feedback", round.answers);
            break;
        }
        db_rollback(hub->db);
        tell_waits(job, round.failed, e);
        put_later(&later, round.failed);
        rc = RC_OK;
    }
    buf_free(&later);
    return rc;
}

rc_t
feedback_again(struct hub *hub, struct arena *a, const char *party, const char *name,
               struct sink out, struct err *e)
{
    const char *end = strrchr(name, '.');
    struct format *f;
    struct db_result *r;
    rc_t rc;

    if ((rc = settings(hub, a, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.told_later", "{}", e)) != RC_OK ||
        (rc = format_load(&f, hub, a, FEEDS_PARTNERS, "feedback", e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.told", arena_strn(a, name, (size_t)(end - name)), e)) != RC_OK ||
        (rc = db_script(hub->db, a, SQL_PUBLISH_FEEDBACK, NULL, e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.told", "", e)) != RC_OK ||
        (rc = db_set(hub->db, "hub.party", party, e)) != RC_OK ||
        (rc = db_query(hub->db, a, "SELECT 1 FROM feedback_now WHERE party = $1 LIMIT 1",
                       DB_ARGS(party), &r, e)) != RC_OK)
        return rc;
    if (!r->rows)
        return RC_END;
    return strcmp(end, ".csv") == 0 ? write_csv(hub, f, out, e) : message_streamed(hub, f, out, e);
}

rc_t
feedback_make(struct job *job, struct err *e)
{
    struct arena *a = arena_new("feedback");
    struct db_result *r;
    rc_t rc = db_query(
        job->hub->db, a,
        /* ORDER BY: by its index, since half of all are expected, and the first of them soon */
        "(SELECT row_id FROM hub.receipt WHERE effect = 'applied' AND told IS NULL "
        "ORDER BY row_id LIMIT 1) UNION ALL "
        "(SELECT r.row_id FROM hub.receipt r JOIN hub.message_span m ON m.guid = r.message_guid "
        "CROSS JOIN LATERAL (SELECT d.guid FROM hub.document d WHERE d.bundle_id = m.bundle_id AND "
        "d.kind = m.kind AND d.doc_no > m.before AND d.doc_no <= m.before + m.documents AND "
        "d.receipt_id = r.row_id LIMIT 1) d WHERE r.effect = 'held' AND "
        "r.told IS NULL AND r.message_guid IS NOT NULL AND r.direction = 'failure' LIMIT 1)",
        DB_NONE, &r, e);

    if (rc == RC_OK && r->rows)
        rc = make_rounds(job, a, e);
    db_rollback(job->hub->db);
    arena_free(&a);
    return rc;
}
