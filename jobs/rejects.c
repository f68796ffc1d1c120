#include "rejects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/read/csv.h"
#include "formats/read/header.h"
#include "formats/write/xlsxw.h"
#include "load/child.h"
#include "load/records.h"
#include "seen.h"
#include "spool/pack.h"
#include "spool/spill.h"
#include "sql/statements.h"

#define BLOCK 65536
#define OURS  HEADER_ADDED
#define MTIME                                                                                      \
    315532800      /* 1980-01-01, the first day a zip can name: the same rows, the same bytes */
#define CELL 30000 /* bytes of a message in a cell, which holds 32,767 characters */

/* The errors of one line, as the columns that are added to it. */
struct faults {
    struct buf columns, codes, message;
};

struct rejects {
    struct hub *hub;
    const struct rows_task *task;
    struct db_stream *errors; /* ordered by line */
    const struct span *error; /* the next one; NULL: there is no more */
    struct faults faults;
    struct rows_facts facts;
    struct rejects_told *told;
    struct sink out;
    uint64_t written;
    struct buf text;
    /* text */
    enum charset charset;
    struct charset_conv *conv;
    struct buf ours; /* what is added to the line at hand, UTF-8 */
    /* workbook */
    struct pack *pack;
    uint32_t sheets, sheet, row; /* how many it may have, the one at hand and its row */
    bool open;                   /* the sheet is */
};

void
rejects_sentence(struct buf *out, const struct err_text *t, bool zh, const char *seen,
                 const char *want)
{
    struct buf own = {0};
    char filled[600];

    if (zh && want) {
        seen_zh(&own, want);
        buf_put(&own, "", 1);
    }
    err_fill(filled, sizeof filled, zh ? t->zh : t->en, own.n ? own.p : want);
    buf_str(out, filled);
    buf_free(&own);
    if (!seen || !*seen)
        return;
    buf_str(out, zh ? "（实际：" : " (seen: ");
    if (zh)
        seen_zh(out, seen);
    else
        buf_str(out, seen);
    buf_str(out, zh ? "）" : ")");
}

/* Some rules name another line of the file. */
static const char *
want_of(struct rejects *r, struct arena *a, err_code_t code, const char *want)
{
    if (!want || (code != ERR_OTHER_VERSION && code != ERR_SAME_IN_FILE && code != ERR_OTHER_ROW &&
                  code != ERR_HEAD_ONCE))
        return want;
    return rows_place(r->task, a, strtoull(want, NULL, 10));
}

/* column: 应… / must …（实际 seen: …） 改正 / to do */
static void
add_fault(struct faults *f, const char *column, const char *code, const char *seen,
          const char *want)
{
    const struct err_text *t = err_text_of(code);

    buf_printf(&f->columns, "%s%s", f->columns.n ? ";" : "", column);
    buf_printf(&f->codes, "%s%s", f->codes.n ? ";" : "", code);
    if (f->message.n)
        buf_str(&f->message, "; ");
    if (*column)
        buf_printf(&f->message, "%s: ", column);
    rejects_sentence(&f->message, t, true, seen, want);
    buf_printf(&f->message, "，%s / ", t->todo_zh);
    rejects_sentence(&f->message, t, false, seen, want);
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

    f->columns.n = f->codes.n = f->message.n = 0;
    while (rc == RC_OK && r->error && error_line(r) <= line) {
        if (error_line(r) == line) {
            const char *code = arena_span(a, r->error[2]);

            add_fault(f, arena_span(a, r->error[1]), code, arena_span(a, r->error[3]),
                      want_of(r, a, err_code(code), arena_span(a, r->error[4])));
        }
        rc = next_error(r, e);
    }
    return rc;
}

static struct span
span_buf(const struct buf *b)
{
    return (struct span){b->p, b->n};
}

/* What is added to a record: of the header names, of the last row how many are not there (line 0). */
static rc_t
our_columns(struct rejects *r, struct arena *a, uint64_t line, struct span ours[OURS],
            struct err *e)
{
    struct faults *f = &r->faults;
    char name[8];
    rc_t rc = RC_OK;

    if (line) {
        rc = collect_faults(r, a, line, e);
        ours[0] = span_of(rows_place(r->task, a, line));
    } else {
        f->columns.n = f->codes.n = f->message.n = 0;
        add_fault(f, "", err_name(ERR_ANSWER_SHORT, name),
                  arena_printf(a, "%llu", (unsigned long long)(r->told->rows + r->told->left)),
                  arena_printf(a, "%llu", (unsigned long long)r->told->rows));
        ours[0] = SPAN("");
    }
    ours[1] = span_buf(&f->columns);
    ours[2] = span_buf(&f->codes);
    ours[3] = span_buf(&f->message);
    return rc;
}

static rc_t
flush(struct rejects *r, size_t at_least, struct err *e)
{
    struct sink to = r->pack ? pack_sink(r->pack) : r->out;
    rc_t rc = r->text.n > at_least ? to.write(to.ctx, r->text.p, r->text.n, e) : RC_OK;

    if (r->text.n > at_least) {
        r->written += r->text.n;
        r->text.n = 0;
    }
    return rc;
}

/* ---- text ---- */

/* The record as it came; but a byte that is half a unit of UTF-16, at the end of a file that was
 * cut off, would shift all that follows. */
static void
put_raw(struct rejects *r, struct span raw)
{
    buf_put(&r->text, raw.p, charset_is_utf16(r->charset) ? raw.n & ~(size_t)1 : raw.n);
}

static void
put_text(struct rejects *r, struct arena *a, struct span raw, const struct span ours[OURS])
{
    struct span coded;

    r->ours.n = 0;
    if (raw.p)
        put_raw(r, raw);
    for (uint32_t i = 1; !raw.p && i < r->facts.width; i++)
        buf_put(&r->ours, &r->facts.delimiter, 1);
    for (int i = 0; i < OURS; i++) {
        if (i || r->facts.width)
            buf_put(&r->ours, &r->facts.delimiter, 1);
        csv_put(&r->ours, ours[i], r->facts.delimiter);
    }
    buf_str(&r->ours, r->facts.line_end);
    coded = charset_from_utf8(r->conv, a, span_buf(&r->ours));
    buf_put(&r->text, coded.p, coded.n);
}

static rc_t
text_begin(struct rejects *r, struct err *e)
{
    struct span bom;

    if (!charset_parse(&r->charset, r->facts.charset))
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process names an unknown charset");
    bom = charset_bom(r->charset);
    r->conv = charset_open(r->charset);
    if (r->facts.bom)
        buf_put(&r->text, bom.p, bom.n);
    return RC_OK;
}

/* ---- workbook ---- */

static rc_t
sheet_begin(struct rejects *r, struct err *e)
{
    char name[64];
    rc_t rc;

    if (r->sheet == r->sheets)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent more than %u sheets",
                       r->sheets);
    snprintf(name, sizeof name, XLSXW_NTH_SHEET, ++r->sheet);
    rc = pack_begin(r->pack, name, e);
    r->open = rc == RC_OK;
    r->row = 0;
    xlsxw_table_begin(&r->text, r->facts.width + OURS);
    return rc;
}

static rc_t
sheet_end(struct rejects *r, struct err *e)
{
    struct pack_entry done;
    rc_t rc;

    xlsxw_table_end(&r->text);
    rc = flush(r, 0, e);
    return rc == RC_OK ? pack_end(r->pack, &done, e) : rc;
}

/* Rows by a mapping may say what they do only below the lines that stood above them: those of each sheet come back
 * in one of their own. */
static rc_t
next_sheet(struct rejects *r, struct err *e)
{
    rc_t rc = r->row ? sheet_end(r, e) : RC_OK;

    return rc == RC_OK && r->row ? sheet_begin(r, e) : rc;
}

static rc_t
book_begin(struct rejects *r, struct err *e)
{
    struct xlsxw_sheet frame = {.name = "rejects", .example_note = "", .sheets = r->sheets};
    struct buf part = {0};
    struct pack_entry done;
    const char *name;
    rc_t rc = pack_open(&r->pack, PACK_ZIP, NULL, r->out, MTIME, e);

    for (uint32_t n = 0; rc == RC_OK && xlsxw_frame(&frame, n, &name, &part); n++) {
        struct sink to;

        if ((rc = pack_begin(r->pack, name, e)) != RC_OK)
            break;
        to = pack_sink(r->pack);
        if ((rc = to.write(to.ctx, part.p, part.n, e)) == RC_OK)
            rc = pack_end(r->pack, &done, e);
        part.n = 0;
    }
    buf_free(&part);
    return rc == RC_OK ? sheet_begin(r, e) : rc;
}

/* What did not come, since there was no room for it, is an empty sheet. */
static rc_t
book_end(struct rejects *r, struct err *e)
{
    rc_t rc = sheet_end(r, e);

    while (rc == RC_OK && r->sheet < r->sheets)
        if ((rc = sheet_begin(r, e)) == RC_OK)
            rc = sheet_end(r, e);
    return rc == RC_OK ? pack_close(&r->pack, e) : rc;
}

/* The fields of a record as the child sends them: each its length, then its bytes. */
static rc_t
put_cells(struct rejects *r, struct arena *a, struct span raw, bool header,
          const struct span ours[OURS], struct err *e)
{
    uint32_t width = r->facts.width, count = 0, n;
    struct span *cells = ARENA_ARRAY(a, struct span, (size_t)width + OURS);

    for (uint32_t i = 0; i < width; i++)
        cells[i] = SPAN("");
    for (size_t at = 0; raw.p && at < raw.n; at += n) {
        if (raw.n - at < sizeof n)
            return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent half a record");
        memcpy(&n, raw.p + at, sizeof n);
        at += sizeof n;
        if (n > raw.n - at)
            return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process sent half a field");
        if (count < width)
            cells[count++] = (struct span){raw.p + at, n};
    }
    for (int i = 0; i < OURS; i++) {
        cells[width + (uint32_t)i] = ours[i];
        if (ours[i].n > CELL)
            cells[width + (uint32_t)i].n = span_valid_utf8((struct span){ours[i].p, CELL});
    }
    xlsxw_table_row(&r->text, ++r->row, cells, width + OURS, header);
    return RC_OK;
}

/* ---- whichever it is ---- */

/* raw.p NULL: a row of ours alone. */
static rc_t
put_line(struct rejects *r, uint64_t line, struct span raw, bool header, struct err *e)
{
    struct arena *a = arena_new("reject line");
    struct span ours[OURS];
    rc_t rc = RC_OK;

    if (header)
        memcpy(ours, header_added, sizeof ours);
    else
        rc = our_columns(r, a, line, ours, e);
    if (rc == RC_OK && r->told->book)
        rc = put_cells(r, a, raw, header, ours, e);
    else if (rc == RC_OK)
        put_text(r, a, raw, ours);
    arena_free(&a);
    return rc == RC_OK ? flush(r, BLOCK, e) : rc;
}

static rc_t
begin_facts(struct rejects *r, struct err *e)
{
    r->told->book = r->facts.book;
    return r->told->book ? book_begin(r, e) : text_begin(r, e);
}

static rc_t
begin(struct rejects *r, const char *p, uint32_t n, struct err *e)
{
    rc_t rc = rows_facts_read(&r->facts, p, n, UINT32_MAX, UINT32_MAX, e);

    if (rc != RC_OK)
        return rc;
    if (r->facts.width > ROWS_FIELDS_MAX)
        return err_set(e, RC_RETRY, ERR_CHILD, "the parsing process named %u columns",
                       r->facts.width);
    if (!r->facts.mapping)
        r->sheets = 1;
    return begin_facts(r, e);
}

/* What stood above the header stands there again: rows may need it. */
static rc_t
put_above(struct rejects *r, struct span raw, struct err *e)
{
    struct arena *a = arena_new("above");
    struct span none[OURS] = {
        {NULL, 0},
        {NULL, 0},
        {NULL, 0},
        {NULL, 0}
    };
    rc_t rc = RC_OK;

    if (r->told->book) {
        rc = put_cells(r, a, raw, false, none, e);
    } else {
        struct span end = charset_from_utf8(r->conv, a, span_of(r->facts.line_end));

        put_raw(r, raw);
        buf_put(&r->text, end.p, end.n);
    }
    arena_free(&a);
    return rc;
}

static bool
is_full(const struct rejects *r)
{
    return r->told->most && r->written + r->text.n >= r->told->most;
}

/* RC_END after the last, or when there is no room for more. */
static rc_t
copy_lines(struct rejects *r, struct rows_child *child, struct err *e)
{
    bool begun = false, header = true;
    enum frame_type type;
    const char *p;
    uint32_t n;
    rc_t rc;

    while ((rc = rows_frame(child, &type, &p, &n, e)) == RC_OK) {
        uint64_t line;

        if (type == FRAME_FACTS && !begun) {
            rc = begin(r, p, n, e);
            begun = true;
        } else if (type == FRAME_SHEET && begun && r->told->book) {
            rc = next_sheet(r, e);
            header = true;
        } else if (type == FRAME_ABOVE && n >= sizeof line && begun && header) {
            rc = put_above(r, (struct span){p + sizeof line, n - sizeof line}, e);
        } else if (type == FRAME_RAW && n >= sizeof line && begun) {
            if (!header && is_full(r))
                return RC_END;
            memcpy(&line, p, sizeof line);
            rc = put_line(r, line, (struct span){p + sizeof line, n - sizeof line}, header, e);
            r->told->rows += !header;
            header = false;
        }
        if (rc != RC_OK)
            return rc;
    }
    return rc;
}

static rc_t
finish(struct rejects *r, uint64_t lines, struct err *e)
{
    uint64_t all = r->told->refused > lines ? r->told->refused : lines;
    bool cut = is_full(r) || all > lines;
    rc_t rc = RC_OK;

    r->told->left = cut && all > r->told->rows ? all - r->told->rows : 0;
    if (r->told->left)
        rc = put_line(r, 0, (struct span){NULL, 0}, false, e);
    if (rc == RC_OK)
        rc = r->open ? book_end(r, e) : flush(r, 0, e);
    while (rc == RC_OK &&
           r->error) /* of no record; a stream that is cut off ends the transaction */
        rc = next_error(r, e);
    return rc;
}

/* For the child: which records, of how many sheets. They may be as many as the file has. */
static rc_t
list_lines(struct rejects *r, struct spill *lines, struct rows_task *task, struct err *e)
{
    uint64_t line, last = 0;
    rc_t rc = db_stream_open(r->hub->db, &r->errors, SQL_INGEST_REJECTS, e);

    while (rc == RC_OK && (rc = next_error(r, e)) == RC_OK && r->error) {
        if ((line = error_line(r)) == last)
            continue;
        rc = spill_put(lines, &line, sizeof line, e);
        r->sheets += !task->line_count || line / SHEET_LINES != last / SHEET_LINES;
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

static rc_t
limit_faults(struct rejects *r, struct err *e)
{
    char faults[24] = "";

    if (r->told->faults)
        snprintf(faults, sizeof faults, "%llu", (unsigned long long)r->told->faults);
    return db_set(r->hub->db, "hub.faults", faults, e);
}

static void
close_rejects(struct rejects *r)
{
    db_stream_close(&r->errors);
    charset_close(&r->conv);
    pack_abort(&r->pack);
    buf_free(&r->text);
    buf_free(&r->ours);
    buf_free(&r->faults.columns);
    buf_free(&r->faults.codes);
    buf_free(&r->faults.message);
}

rc_t
rejects_write(struct hub *hub, const struct rows_task *how, struct sink out,
              struct rejects_told *told, struct err *e)
{
    struct rejects r = {.hub = hub, .task = how, .out = out, .told = told};
    struct spill *lines = spill_new(how->spill_dir, BLOCK);
    struct rows_task task = *how;
    struct rows_child child = {.fd = -1};
    rc_t rc, ended;

    told->rows = told->left = 0;
    told->book = false;
    if ((rc = limit_faults(&r, e)) != RC_OK || (rc = list_lines(&r, lines, &task, e)) != RC_OK ||
        (rc = first_error(&r, e)) != RC_OK || (rc = rows_start(&child, &task, e)) != RC_OK)
        goto out;
    rc = copy_lines(&r, &child, e);
    ended = rows_finish(&child, rc == RC_END && !is_full(&r) ? e : NULL);
    if (rc == RC_END)
        rc = is_full(&r) ? RC_OK : ended; /* one whose pipe was closed cannot end well */
    if (rc == RC_OK)
        rc = finish(&r, task.line_count, e);
out:
    spill_free(&lines);
    close_rejects(&r);
    return rc;
}

/* Rows of ours alone, until there is no room. */
static rc_t
put_faults(struct rejects *r, struct err *e)
{
    const struct span none = {NULL, 0};
    rc_t rc = put_line(r, 0, none, true, e);

    while (rc == RC_OK && r->error && !is_full(r))
        if ((rc = put_line(r, error_line(r), none, false, e)) == RC_OK)
            r->told->rows++;
    return rc == RC_OK ? finish(r, r->told->rows, e) : rc;
}

rc_t
rejects_list(struct hub *hub, const struct rows_task *how, struct sink out,
             struct rejects_told *told, struct err *e)
{
    struct rejects r = {.hub = hub, .task = how, .out = out, .told = told};
    rc_t rc;

    r.facts = (struct rows_facts){
        .charset = "UTF-8", .bom = true, .delimiter = ',', .line_end = "\r\n", .book = told->book};
    r.sheets = 1;
    told->rows = told->left = 0;
    if ((rc = limit_faults(&r, e)) == RC_OK && (rc = first_error(&r, e)) == RC_OK &&
        (rc = begin_facts(&r, e)) == RC_OK)
        rc = put_faults(&r, e);
    close_rejects(&r);
    return rc;
}
