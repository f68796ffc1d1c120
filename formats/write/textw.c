/*
 * textw.c - messages as delimited text: a line a row, in the charset the format says.
 *
 * A value gets its quotes and its charset when it is told, while document and element are known:
 * what the file cannot say is that document's error. A line is then only put together.
 */
#include <errno.h>
#include <stdlib.h>

#include "formats/read/csv.h"
#include "formats/write/encode.h"
#include "formats/write/tablew.h"

struct text {
    struct table table; /* first */
    iconv_t to;         /* (iconv_t)-1: it stays UTF-8 */
    struct buf quoted, line;
    struct buf header; /* ready, the same in each message */
    bool headed;       /* what stands above the rows is written */
};

/* Values. */

/* Without quotes nothing may look like the end of a value. */
static const char *
unsayable(const struct plan_written *how, struct span v)
{
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == how->delimiter)
            return how->delimiter == '\t' ? "a tab" : "the delimiter";
        if (v.p[i] == '\r' || v.p[i] == '\n')
            return "a line end";
    }
    return NULL;
}

/* Appended; in quotes, those inside doubled, where they are asked for. */
static void
quote(struct buf *out, const struct plan_written *how, struct span v)
{
    if (how->quote == WRITTEN_NEEDED) {
        csv_put(out, v, how->delimiter);
        return;
    }
    if (how->quote == WRITTEN_NEVER) {
        buf_put(out, v.p, v.n);
        return;
    }
    buf_put(out, "\"", 1);
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == '"')
            buf_put(out, "\"", 1);
        buf_put(out, v.p + i, 1);
    }
    buf_put(out, "\"", 1);
}

static const char *
slot_name(const struct slot *s)
{
    return s->attribute ? s->attribute->plan->name : s->step->node->name;
}

static rc_t
text_keep(struct writer *w, struct slot *s, struct span value, struct err *e)
{
    const struct plan_written *how = &w->plan->written;
    struct text *t = w->own;
    const char *what = how->quote == WRITTEN_NEVER ? unsayable(how, value) : NULL;
    struct span quoted;
    size_t bad, bytes;

    if (what)
        return writer_fail(w, s->step, slot_name(s), e,
                           "has %s in it, which a file without quotes cannot hold", what);
    t->quoted.n = 0;
    quote(&t->quoted, how, value);
    quoted = (struct span){t->quoted.p, t->quoted.n};
    if (encode_put(&s->value, t->to, quoted, &bad))
        return RC_OK;
    s->value.n = 0;
    if (s->step->node->personal || bad >= quoted.n)
        return writer_fail(w, s->step, slot_name(s), e, "has a character that %s does not have",
                           encode_label(how->charset));
    return writer_fail(
        w, s->step, slot_name(s), e, "has the character U+%04X, which %s does not have",
        encode_code_point(quoted.p + bad, quoted.n - bad, &bytes), encode_label(how->charset));
}

/* Lines. */

/* A value that is not there: between quotes, where all have them. */
static void
line_value(struct text *t, const struct plan_written *how, const struct slot *s, bool first)
{
    if (!first)
        buf_put(&t->line, &how->delimiter, 1);
    if (!s->value.n && how->quote == WRITTEN_ALWAYS)
        buf_put(&t->line, "\"\"", 2);
    buf_put(&t->line, s->value.p, s->value.n);
}

/* Once: a heading that cannot be written is the format's fault, not a message's. */
static rc_t
header_build(struct writer *w, struct text *t, struct err *e)
{
    const struct plan_written *how = &w->plan->written;
    size_t bad;

    if (!t->table.column_count || how->header == WRITTEN_NO_HEADER)
        return RC_OK;
    for (uint32_t i = 0; i < t->table.column_count; i++) {
        const struct slot *s = &t->table.slots[t->table.columns[i]];
        struct span title = span_of(tablew_heading(w, s));
        const char *what = how->quote == WRITTEN_NEVER ? unsayable(how, title) : NULL;

        t->quoted.n = 0;
        quote(&t->quoted, how, title);
        if (i)
            buf_put(&t->header, &how->delimiter, 1);
        if (what || !encode_put(&t->header, t->to, (struct span){t->quoted.p, t->quoted.n}, &bad))
            return err_set(e, RC_FAIL, ERR_SCHEMA,
                           "%s:%d: the heading of %s cannot be written in %s%s%s", w->plan->file,
                           s->step->node->line, slot_name(s), encode_label(how->charset),
                           what ? ": it has " : "", what ? what : "");
    }
    buf_str(&t->header, how->line_end);
    return RC_OK;
}

/* The values that stand once in the message. */
static rc_t
head_put(struct writer *w, struct text *t, struct err *e)
{
    const struct plan_written *how = &w->plan->written;
    bool any = false;

    t->line.n = 0;
    for (uint32_t i = 0; i < t->table.count; i++)
        if (t->table.slots[i].kind == SLOT_LINE) {
            line_value(t, how, &t->table.slots[i], !any);
            any = true;
        }
    if (!any)
        return RC_OK;
    buf_str(&t->line, how->line_end);
    return put_text(w, (struct span){t->line.p, t->line.n}, e);
}

/* With the first row, when all that stands above it is known, or at the end of a file without rows. */
static rc_t
top_put(struct writer *w, struct text *t, struct err *e)
{
    rc_t rc;

    if (t->headed)
        return RC_OK;
    t->headed = true;
    if ((rc = put_mark(w, e)) == RC_OK)
        rc = head_put(w, t, e);
    return rc == RC_OK ? put_text(w, (struct span){t->header.p, t->header.n}, e) : rc;
}

static rc_t
text_emit(struct writer *w, struct err *e)
{
    struct text *t = w->own;
    rc_t rc = top_put(w, t, e);

    if (rc != RC_OK)
        return rc;
    t->line.n = 0;
    for (uint32_t i = 0; i < t->table.column_count; i++)
        line_value(t, &w->plan->written, &t->table.slots[t->table.columns[i]], i == 0);
    buf_str(&t->line, w->plan->written.line_end);
    return put_text(w, (struct span){t->line.p, t->line.n}, e);
}

/* The form. */

static rc_t
has_something(const struct writer *w, const struct text *t, struct err *e)
{
    for (uint32_t i = 0; i < t->table.count; i++)
        if (t->table.slots[i].kind != SLOT_DROPPED)
            return RC_OK;
    return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: nothing of it is written; it has no columns",
                   w->plan->file);
}

static rc_t
text_open(struct writer *w, struct err *e)
{
    struct text *t = ARENA_NEW(w->arena, struct text);
    rc_t rc;

    t->to = (iconv_t)-1;
    t->table.keep = text_keep;
    t->table.emit = text_emit;
    if ((rc = tablew_open(w, &t->table, e)) != RC_OK || (rc = has_something(w, t, e)) != RC_OK)
        return rc;
    rc = encode_open(&t->to, w->plan->written.charset, e);
    return rc == RC_OK ? header_build(w, t, e) : rc;
}

static void
text_close(struct writer *w)
{
    struct text *t = w->own;

    if (!t)
        return;
    tablew_close(&t->table);
    buf_free(&t->quoted);
    buf_free(&t->line);
    buf_free(&t->header);
    encode_close(&t->to);
    w->own = NULL;
}

static rc_t
text_begin(struct writer *w, struct err *e)
{
    struct text *t = w->own;

    (void)e;
    t->headed = false;
    return RC_OK;
}

static rc_t
text_end(struct writer *w, struct err *e)
{
    return top_put(w, w->own, e);
}

const struct writer_form textw_form = {
    .open = text_open,
    .close = text_close,
    .begin = text_begin,
    .end = text_end,
    .element = tablew_element,
    .attribute = tablew_attribute,
    .inside = tablew_inside,
    .leaf = tablew_leaf,
    .ended = tablew_ended,
};
