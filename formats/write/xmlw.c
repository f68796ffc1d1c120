/*
 * xmlw.c - the writer of messages. xmlw_open() turns plan and levels into a tree of steps, in which
 * every tag is ready text and every element knows its column; writing is then one walk over the
 * tree a document, with nothing looked up by name.
 */
#include "formats/write/xmlw.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cipher.h"
#include "formats/xsd/check.h"

#define BUFFER_SIZE    ((size_t)128 * 1024)
#define LONGEST_ESCAPE 6 /* &quot; */
#define NO_COLUMN      UINT32_MAX
#define EACH(byte)     (UINT64_C(0x0101010101010101) * (byte))

struct step;

struct level {
    const char *path;
    struct xmlw_rows rows;
    const struct step *step; /* the element its rows are */
    bool *used;              /* columns some element or attribute takes */
    bool document;           /* numbered by document, else by message */
    const struct span *row;  /* the row read ahead; NULL: none */
    uint64_t number;         /* of the last row read */
    bool ended;
    const struct span *current; /* the row being written; NULL: none */
    uint64_t index;             /* its place among the rows of its number, from 1 */
};

struct attribute {
    const struct plan_attribute *plan;
    struct span open;     /* ` guid="` */
    struct span fallback; /* fixed or default value */
    uint32_t column;
};

enum step_kind { STEP_LEAF, STEP_NODE, STEP_SEQUENCE, STEP_CHOICE, STEP_OPAQUE };

struct step {
    enum step_kind kind;
    bool live;                       /* a level's rows are written at it or below */
    bool no_escape;                  /* a number or truth value */
    uint32_t column;                 /* LEAF: in the rows of source */
    struct level *source;            /* whose row fills attributes and value; NULL: none does */
    struct level *level;             /* whose rows repeat the element; NULL: it stands once */
    struct span open, inside, close; /* "<ceb:a>" "" "</ceb:a>", with attributes "<ceb:a" ">" */
    struct span fallback;            /* LEAF: fixed or default value */
    const struct plan_node *node;
    const struct step *parent; /* the element around it */
    struct attribute *attributes;
    struct step *children;
    uint32_t attribute_count, child_count;
};

struct xmlw {
    struct arena *arena;
    const struct plan *plan;
    const char *prefix; /* "ceb:" or "" */
    struct level *levels;
    uint32_t level_count;
    struct level *root_level;
    struct step *root, *document_step; /* document_step NULL: the message is one document */
    bool started;
    bool fills;
    uint64_t message, document, documents, bytes, hole;
    uint64_t expected; /* documents are numbered 1 to this; 0: as they come */
    uint32_t max_documents;
    struct sink out;
    char *buffer, *scratch;
    struct buf opened; /* a value that lay sealed */
    size_t at, size, scratch_size;
};

/* Steps from plan and levels. */

static struct level *
level_find(const struct xmlw *w, const char *path)
{
    for (uint32_t i = 0; i < w->level_count; i++)
        if (strcmp(w->levels[i].path, path) == 0 && !w->levels[i].step)
            return &w->levels[i];
    return NULL;
}

static uint32_t
column_find(struct level *level, const char *column)
{
    for (uint32_t i = 1; level && i < level->rows.count; i++)
        if (strcmp(level->rows.columns[i], column) == 0) {
            level->used[i] = true;
            return i;
        }
    return NO_COLUMN;
}

static struct span
fallback_of(const char *fixed, const char *dflt)
{
    return span_of(fixed ? fixed : dflt);
}

/* An element's level has its attributes under their own names; where the row is that of the element
 * around it, the element's name comes first: amount_ccy. */
static void
attributes_build(struct xmlw *w, struct step *s)
{
    const struct plan_node *node = s->node;

    s->attributes = ARENA_ARRAY(w->arena, struct attribute, node->attribute_count + 1);
    s->attribute_count = node->attribute_count;
    for (uint32_t i = 0; i < node->attribute_count; i++) {
        const struct plan_attribute *plan = &node->attributes[i];
        const char *column = s->level || s == w->root
                                 ? plan->column
                                 : arena_printf(w->arena, "%s_%s", node->column, plan->column);

        s->attributes[i] = (struct attribute){
            .plan = plan,
            .open = span_of(arena_printf(w->arena, " %s=\"", plan->name)),
            .fallback = fallback_of(plan->fixed, plan->dflt),
            .column = column_find(s->source, column),
        };
    }
}

/* The root binds the prefix; it and its children each stand on lines of their own. */
static void
tags_build(struct xmlw *w, struct step *s)
{
    const char *prefix = s == w->root || w->plan->qualified ? w->prefix : "";
    const char *name = s->node->name, *space = "";
    const char *end = s == w->root ? ">\n" : ">", *open_end = s->attribute_count ? "" : end;

    if (s == w->root && *w->plan->target_ns)
        space = arena_printf(w->arena, " xmlns%s%.*s=\"%s\"", *prefix ? ":" : "",
                             (int)strcspn(prefix, ":"), prefix, w->plan->target_ns);
    s->open = span_of(arena_printf(w->arena, "<%s%s%s%s", prefix, name, space, open_end));
    s->inside = span_of(s->attribute_count ? end : "");
    s->close = span_of(arena_printf(w->arena, "</%s%s>%s", prefix, name,
                                    s == w->root || s->parent == w->root ? "\n" : ""));
}

static enum step_kind
kind_of(const struct plan_node *node)
{
    switch (node->kind) {
    case PLAN_SEQUENCE:
        return STEP_SEQUENCE;
    case PLAN_CHOICE:
        return STEP_CHOICE;
    case PLAN_ANY:
        return STEP_OPAQUE;
    case PLAN_ELEMENT:
        break;
    }
    if (node->foreign)
        return STEP_OPAQUE;
    return node->type ? STEP_LEAF : STEP_NODE;
}

static bool
is_group(const struct step *s)
{
    return s->kind == STEP_SEQUENCE || s->kind == STEP_CHOICE;
}

static void step_build(struct xmlw *w, struct step *s, const struct step *parent, const char *path);

static void
children_build(struct xmlw *w, struct step *s, const struct step *element, const char *path)
{
    s->children = ARENA_ARRAY(w->arena, struct step, s->node->child_count + 1);
    s->child_count = s->node->child_count;
    for (uint32_t i = 0; i < s->child_count; i++) {
        const struct plan_node *node = s->node->children[i];
        struct step *child = &s->children[i];
        const char *below = path;

        child->node = node;
        child->kind = kind_of(node);
        child->source = s->source;
        if (!is_group(child) && node->name)
            below = *path ? arena_printf(w->arena, "%s/%s", path, node->name) : node->name;
        step_build(w, child, element, below);
        s->live |= child->live;
    }
}

/* s has node, kind and, of the element around it, the source; path is its own. */
static void
step_build(struct xmlw *w, struct step *s, const struct step *parent, const char *path)
{
    const struct plan_node *node = s->node;

    s->parent = parent;
    s->column = NO_COLUMN;
    if (is_group(s)) {
        children_build(w, s, parent, path);
        return;
    }
    if (s->kind == STEP_OPAQUE)
        return;
    if ((s->level = level_find(w, path))) {
        s->level->step = s;
        s->live = true;
    }
    if (s->level || s->kind == STEP_NODE)
        s->source = s->level;
    attributes_build(w, s);
    tags_build(w, s);
    if (s->kind == STEP_LEAF) {
        s->column = column_find(s->source, node->column);
        s->fallback = fallback_of(node->fixed, node->dflt);
        s->no_escape = node->type->base != PLAN_STRING;
    }
    children_build(w, s, s, path);
}

/* Is a level written below s, not only at it? */
static bool
live_below(const struct step *s)
{
    for (uint32_t i = 0; i < s->child_count; i++)
        if (s->children[i].live)
            return true;
    return false;
}

/* The first repeated child of the root that levels fill; one that may also be missing must have
 * levels below it, else its rows are a list within the one document (as in a manifest). */
static struct step *
document_find(struct step *s)
{
    struct step *found = NULL;

    for (uint32_t i = 0; i < s->child_count && !found; i++) {
        struct step *child = &s->children[i];

        if (is_group(child))
            found = document_find(child);
        else if (child->node->max > 1 && child->live && (child->node->min > 0 || live_below(child)))
            found = child;
    }
    return found;
}

static bool
is_within(const struct step *s, const struct step *outer)
{
    while (s && s != outer)
        s = s->parent;
    return s != NULL;
}

static rc_t
levels_bind(struct xmlw *w, struct err *e)
{
    for (uint32_t i = 0; i < w->level_count; i++) {
        struct level *level = &w->levels[i];
        const struct step *s = level->step;

        if (!s)
            return err_set(e, RC_FAIL, ERR_EXTRACT, "%s: level \"%s\": there is no such element",
                           w->plan->file, level->path);
        if (level->rows.count == 0)
            return err_set(e, RC_FAIL, ERR_EXTRACT, "%s: level \"%s\" has no columns",
                           w->plan->file, level->path);
        level->document = w->document_step && is_within(s, w->document_step);
        if (s != w->root && s != w->document_step && s->node->max > 1 && live_below(s))
            return err_set(e, RC_FAIL, ERR_EXTRACT,
                           "%s: level \"%s\" repeats and has levels below it; only documents may",
                           w->plan->file, level->path);
        for (uint32_t c = 1; c < level->rows.count; c++)
            if (!level->used[c])
                return err_set(e, RC_FAIL, ERR_EXTRACT,
                               "%s: level \"%s\": column %s is no element or attribute of %s",
                               w->plan->file, level->path, level->rows.columns[c], s->node->name);
    }
    return RC_OK;
}

static struct level *
levels_copy(struct arena *a, const struct xmlw_level *levels, uint32_t count)
{
    struct level *copy = ARENA_ARRAY(a, struct level, count + 1);

    for (uint32_t i = 0; i < count; i++) {
        copy[i].path = levels[i].path;
        copy[i].rows = levels[i].rows;
        copy[i].used = ARENA_ARRAY(a, bool, levels[i].rows.count + 1);
    }
    return copy;
}

rc_t
xmlw_open(struct xmlw **out, struct arena *a, const struct plan *plan,
          const struct xmlw_level *levels, uint32_t count, struct err *e)
{
    struct xmlw *w = ARENA_NEW(a, struct xmlw);
    const char *prefix = plan->prefix;
    rc_t rc;

    if (!*prefix && *plan->target_ns && !plan->qualified)
        prefix = "m"; /* else the unqualified children would fall into the default namespace */
    w->arena = a;
    w->plan = plan;
    w->prefix = *prefix && *plan->target_ns ? arena_printf(a, "%s:", prefix) : "";
    w->levels = levels_copy(a, levels, count);
    w->level_count = count;
    w->root = ARENA_NEW(a, struct step);
    w->root->node = plan->root;
    w->root->kind = kind_of(plan->root);
    step_build(w, w->root, NULL, "");
    w->root_level = w->root->level;
    w->document_step = document_find(w->root);
    if ((rc = levels_bind(w, e)) != RC_OK)
        return rc;
    *out = w;
    return RC_OK;
}

void
xmlw_fills(struct xmlw *w)
{
    w->fills = true;
}

void
xmlw_counts(struct xmlw *w, uint64_t documents)
{
    w->expected = documents;
}

void
xmlw_close(struct xmlw **w)
{
    if (!*w)
        return;
    free((*w)->buffer);
    free((*w)->scratch);
    buf_free(&(*w)->opened);
    (*w)->buffer = (*w)->scratch = NULL;
    *w = NULL;
}

/* What went wrong, and where. */

/* Within a document; what is wrong there is wrong with that document alone. */
static bool
of_document(const struct xmlw *w, const struct step *s)
{
    return w->document_step && is_within(s, w->document_step);
}

/* "CEB303Message document 17 OrderList 3 itemNo" */
static void
place_show(const struct xmlw *w, const struct step *s, const char *name, char *out, size_t size)
{
    const struct step *element = s->kind == STEP_NODE ? s : s->parent;
    const struct level *level = s->source ? s->source : element ? element->source : NULL;
    bool document = of_document(w, s);
    char row[32] = "";

    if (level && level->index && level->step->node->max > 1 && level->step != w->document_step)
        snprintf(row, sizeof(row), " %" PRIu64, level->index);
    snprintf(out, size, "%s %s %" PRIu64 "%s%s%s%s%s", w->plan->root->name,
             document ? "document" : "message", document ? w->document : w->message,
             element && element != w->root ? " " : "",
             element && element != w->root ? element->node->name : "", row, name ? " " : "",
             name ? name : "");
}

static rc_t fail(const struct xmlw *w, const struct step *s, const char *name, struct err *e,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

static rc_t
fail(const struct xmlw *w, const struct step *s, const char *name, struct err *e,
     const char *format, ...)
{
    char place[256], what[512];
    va_list ap;

    place_show(w, s, name, place, sizeof(place));
    va_start(ap, format);
    vsnprintf(what, sizeof(what), format, ap);
    va_end(ap);
    return err_set(e, of_document(w, s) ? RC_REJECT : RC_FAIL, ERR_MESSAGE, "%s: %s", place, what);
}

static rc_t
fail_finding(const struct xmlw *w, const struct step *s, const char *name, bool personal,
             struct span value, const struct finding *f, struct err *e)
{
    char sentence[320], seen[128];

    err_fill(sentence, sizeof(sentence), err_text(f->code)->en, f->want);
    if (personal)
        return fail(w, s, name, e, "%s", sentence);
    return fail(w, s, name, e, "%s, is \"%s\"", sentence, span_show(seen, sizeof(seen), value));
}

static rc_t
fail_rows(const struct xmlw *w, const struct level *level, struct err *e, const char *what)
{
    return err_set(e, RC_FAIL, ERR_EXTRACT, "%s: level \"%s\": %s %" PRIu64 ": %s", w->plan->file,
                   level->path, level->document ? "document" : "message", level->number, what);
}

/* Rows. */

static bool
number_parse(struct span s, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *number = 10 * *number + (uint64_t)(s.p[i] - '0');
    }
    return s.n > 0 && s.n <= 18;
}

/* Read the level's next row ahead. */
static rc_t
level_advance(const struct xmlw *w, struct level *level, struct err *e)
{
    uint64_t before = level->number;
    rc_t rc;

    level->row = NULL;
    rc = level->rows.next(level->rows.ctx, &level->row, e);
    if (rc == RC_END) {
        level->row = NULL;
        level->ended = true;
        return RC_OK;
    }
    if (rc != RC_OK)
        return rc;
    if (!number_parse(level->row[0], &level->number))
        return fail_rows(w, level, e, "the row after it has no number in its first column");
    if (level->number < before)
        return fail_rows(w, level, e, "rows are not ordered by their number");
    return RC_OK;
}

static bool
level_has_row(const struct xmlw *w, const struct level *level)
{
    return level->row && level->number == (level->document ? w->document : w->message);
}

/* Output. */

static rc_t
flush(struct xmlw *w, struct err *e)
{
    size_t n = w->at;

    w->at = 0;
    w->bytes += n;
    return n ? w->out.write(w->out.ctx, w->buffer, n, e) : RC_OK;
}

static char *
grow(char *p, size_t size)
{
    if (!(p = realloc(p, size)))
        BUG("out of memory");
    return p;
}

/* Make room for n bytes; the buffer grows only for a value that is larger than it. */
static rc_t
room(struct xmlw *w, size_t n, struct err *e)
{
    rc_t rc;

    if (n <= w->size - w->at)
        return RC_OK;
    if ((rc = flush(w, e)) != RC_OK)
        return rc;
    if (n > w->size)
        w->buffer = grow(w->buffer, w->size = n > BUFFER_SIZE ? n : BUFFER_SIZE);
    return RC_OK;
}

/* Into room that was made. */
static void
put(struct xmlw *w, struct span s)
{
    memcpy(w->buffer + w->at, s.p, s.n);
    w->at += s.n;
}

static rc_t
put_text(struct xmlw *w, struct span s, struct err *e)
{
    rc_t rc = room(w, s.n, e);

    if (rc == RC_OK)
        put(w, s);
    return rc;
}

/* What stands for a character; indexed by it. In attributes also what parsers would make a blank.
 * A carriage return would come back as a line feed. */
static const struct span escapes[256] = {
    ['&'] = {"&amp;", 5},
    ['<'] = {"&lt;",  4},
    ['>'] = {"&gt;",  4},
    ['\r'] = {"&#13;", 5},
};
static const struct span attribute_escapes[256] = {
    ['&'] = {"&amp;",  5},
      ['<'] = {"&lt;",   4},
      ['>'] = {"&gt;",   4},
      ['\r'] = {"&#13;",  5},
    ['"'] = {"&quot;", 6},
      ['\t'] = {"&#9;",   4},
      ['\n'] = {"&#10;",  5},
};

/* High bit of every byte that is zero, and perhaps of others above such a byte. */
static uint64_t
zero_bytes(uint64_t word)
{
    return (word - EACH(0x01)) & ~word & EACH(0x80);
}

/* Eight bytes a step; the last step may look at some bytes again. */
static bool
needs_escape(struct span s)
{
    uint64_t seen = 0, word;

    if (s.n < 8) {
        for (size_t i = 0; i < s.n; i++)
            seen |= escapes[(unsigned char)s.p[i]].n;
        return seen;
    }
    for (size_t i = 0; i < s.n; i += 8) {
        memcpy(&word, s.p + (i + 8 <= s.n ? i : s.n - 8), 8);
        seen |= zero_bytes(word ^ EACH('&')) | zero_bytes(word ^ EACH('\r')) |
                zero_bytes((word & EACH(0xFD)) ^ EACH('<')); /* < is 3C, > is 3E */
    }
    return seen;
}

/* The one place that escapes. Room for LONGEST_ESCAPE times the text was made. */
static void
put_escaped(struct xmlw *w, struct span s, const struct span table[256])
{
    char *to = w->buffer + w->at;

    for (size_t i = 0; i < s.n; i++) {
        struct span escape = table[(unsigned char)s.p[i]];

        if (escape.n) {
            memcpy(to, escape.p, escape.n);
            to += escape.n;
        } else
            *to++ = s.p[i];
    }
    w->at = (size_t)(to - w->buffer);
}

/* Values. */

/* White space that the type would take away altogether. */
static bool
is_blank(const struct plan_type *type, struct span s)
{
    if (type->space != PLAN_COLLAPSE && type->base == PLAN_STRING)
        return s.n == 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r')
            return false;
    return true;
}

/* The value of a column, "" where there is no column or no row. */
static struct span
column_value(const struct level *source, uint32_t column)
{
    if (column == NO_COLUMN || !source->current || !source->current[column].p)
        return SPAN("");
    return source->current[column];
}

static bool
value_good(struct xmlw *w, const struct plan_type *type, const char *fixed, struct span value,
           struct span *normal, struct finding *f)
{
    if (value.n > w->scratch_size)
        w->scratch = grow(w->scratch, w->scratch_size = 2 * value.n);
    if (!check_value(type, value, w->scratch, normal, f))
        return false;
    if (!fixed || span_is(*normal, fixed))
        return true;
    f->code = ERR_FIXED;
    snprintf(f->want, sizeof(f->want), "%s", fixed);
    return false;
}

static rc_t
write_attribute(struct xmlw *w, const struct step *s, const struct attribute *a, struct err *e)
{
    const struct plan_attribute *plan = a->plan;
    struct span value = column_value(s->source, a->column), normal;
    struct finding f;
    rc_t rc;

    if (is_blank(plan->type, value))
        value = a->fallback;
    if (!value.n)
        return plan->required ? fail(w, s, plan->name, e, "a required value is missing") : RC_OK;
    if (!value_good(w, plan->type, plan->fixed, value, &normal, &f))
        return fail_finding(w, s, plan->name, s->node->personal, value, &f, e);
    if ((rc = room(w, a->open.n + LONGEST_ESCAPE * normal.n + 1, e)) != RC_OK)
        return rc;
    put(w, a->open);
    put_escaped(w, normal, attribute_escapes);
    put(w, SPAN("\""));
    return RC_OK;
}

static rc_t
write_open(struct xmlw *w, const struct step *s, struct err *e)
{
    rc_t rc = put_text(w, s->open, e);

    for (uint32_t i = 0; i < s->attribute_count && rc == RC_OK; i++)
        rc = write_attribute(w, s, &s->attributes[i], e);
    return rc == RC_OK && s->inside.n ? put_text(w, s->inside, e) : rc;
}

/* Its content comes from the caller. */
static rc_t
write_payload(struct xmlw *w, const struct step *s, struct err *e)
{
    rc_t rc = put_text(w, s->open, e);

    w->hole = w->bytes + w->at;
    return rc == RC_OK ? put_text(w, s->close, e) : rc;
}

/* What is personal lies sealed in the database. */
static bool
open_value(struct xmlw *w, const struct plan_node *node, struct span *value)
{
    if (!node->personal || !cipher_is_sealed(*value))
        return true;
    w->opened.n = 0;
    if (!cipher_open(&w->opened, *value))
        return false;
    *value = (struct span){w->opened.p, w->opened.n};
    return true;
}

/* One element of simple type, left out when it is optional and has no value. Most of a message
 * goes through here. */
static rc_t
write_leaf(struct xmlw *w, const struct step *s, struct err *e)
{
    const struct plan_node *node = s->node;
    struct span value = column_value(s->source, s->column), normal;
    struct finding f;
    rc_t rc;

    if (node->payload && w->fills)
        return write_payload(w, s, e);
    if (!open_value(w, node, &value))
        return fail(w, s, node->name, e, "this zone's key does not open the value");
    if (value.n == 0 || (value.p[0] <= ' ' && is_blank(node->type, value)))
        value = node->min > 0 ? s->fallback : SPAN("");
    if (value.n == 0)
        return node->min > 0 ? fail(w, s, node->name, e, "a required value is missing") : RC_OK;
    if (!value_good(w, node->type, node->fixed, value, &normal, &f))
        return fail_finding(w, s, node->name, node->personal, value, &f, e);
    if (s->attribute_count) {
        if ((rc = write_open(w, s, e)) != RC_OK)
            return rc;
    }
    if ((rc = room(w, s->open.n + LONGEST_ESCAPE * normal.n + s->close.n, e)) != RC_OK)
        return rc;
    if (!s->attribute_count)
        put(w, s->open);
    if (s->no_escape || !needs_escape(normal))
        put(w, normal);
    else
        put_escaped(w, normal, escapes);
    put(w, s->close);
    return RC_OK;
}

/* Structure. */

static bool
documents_left(const struct xmlw *w)
{
    bool rows = w->document < w->expected;

    for (uint32_t i = 0; i < w->level_count; i++)
        rows |= w->levels[i].document && w->levels[i].row;
    return rows;
}

static bool
has_content(const struct xmlw *w, const struct step *s)
{
    if (s == w->document_step)
        return documents_left(w);
    if (s->level)
        return level_has_row(w, s->level);
    if (s->kind == STEP_LEAF)
        return !is_blank(s->node->type, column_value(s->source, s->column));
    for (uint32_t i = 0; i < s->child_count; i++)
        if (has_content(w, &s->children[i]))
            return true;
    return false;
}

static rc_t write_step(struct xmlw *w, const struct step *s, struct err *e);

static rc_t
write_children(struct xmlw *w, const struct step *s, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; i < s->child_count && rc == RC_OK; i++) {
        const struct step *child = &s->children[i];

        rc = child->kind == STEP_LEAF && !child->level ? write_leaf(w, child, e)
                                                       : write_step(w, child, e);
    }
    return rc;
}

static rc_t
write_element(struct xmlw *w, const struct step *s, struct err *e)
{
    rc_t rc;

    if (s->kind == STEP_LEAF)
        return write_leaf(w, s, e);
    if ((rc = write_open(w, s, e)) != RC_OK || (rc = write_children(w, s, e)) != RC_OK)
        return rc;
    return put_text(w, s->close, e);
}

/* An element once for each row of its level, at most max times. */
static rc_t
write_rows(struct xmlw *w, const struct step *s, uint32_t max, struct err *e)
{
    struct level *level = s->level;
    rc_t rc = RC_OK;

    for (level->index = 0; rc == RC_OK && level_has_row(w, level);) {
        if (level->index++ == max)
            return fail(w, s, NULL, e, "stands more than %" PRIu32 " times", max);
        level->current = level->row;
        rc = write_element(w, s, e);
        level->current = NULL;
        if (rc == RC_OK)
            rc = level_advance(w, level, e);
    }
    if (rc == RC_OK && level->index < s->node->min)
        rc = fail(w, s, NULL, e, "stands %" PRIu64 " times, at least %" PRIu32 " needed",
                  level->index, s->node->min);
    level->index = 0;
    return rc;
}

/* Alternatives: as many with content as the group may repeat, and one where it must. */
static rc_t
write_choice(struct xmlw *w, const struct step *s, struct err *e)
{
    uint32_t found = 0;
    bool may_be_empty = s->node->min == 0;
    rc_t rc = RC_OK;

    for (uint32_t i = 0; i < s->child_count && rc == RC_OK; i++) {
        may_be_empty |= s->children[i].node->min == 0;
        if (!has_content(w, &s->children[i]))
            continue;
        if (found++ == s->node->max)
            return fail(w, s, s->children[i].node->name, e, "excludes the alternative before it");
        rc = write_step(w, &s->children[i], e);
    }
    if (rc == RC_OK && !found && !may_be_empty)
        rc = fail(w, s, s->child_count ? s->children[0].node->name : NULL, e,
                  "or one of its alternatives is required");
    return rc;
}

static rc_t
write_document(struct xmlw *w, struct err *e)
{
    const struct step *s = w->document_step;
    rc_t rc = s->level ? write_rows(w, s, 1, e) : write_element(w, s, e);

    for (uint32_t i = 0; i < w->level_count && rc == RC_OK; i++)
        if (w->levels[i].document && level_has_row(w, &w->levels[i])) {
            fail_rows(w, &w->levels[i], e, "has rows that the format has no place for");
            rc = RC_REJECT;
        }
    w->documents++;
    return rc;
}

/* The smallest number that any of the document's levels has; of documents that are counted also one
 * that has no rows at all, which write_document() then misses. */
static bool
document_next(struct xmlw *w)
{
    const uint64_t after = w->document + 1;
    bool found = false;

    for (uint32_t i = 0; i < w->level_count; i++) {
        const struct level *level = &w->levels[i];

        if (level->document && level->row && (!found || level->number < w->document)) {
            w->document = level->number;
            found = true;
        }
    }
    if (after <= w->expected && (!found || w->document > after)) {
        w->document = after;
        found = true;
    }
    return found;
}

static rc_t
write_documents(struct xmlw *w, struct err *e)
{
    const struct plan_node *node = w->document_step->node;
    uint32_t max = w->max_documents && w->max_documents < node->max ? w->max_documents : node->max;
    rc_t rc = RC_OK;

    while (rc == RC_OK && w->documents < max && document_next(w))
        rc = write_document(w, e);
    if (rc == RC_OK && w->documents < node->min)
        rc = fail(w, w->root, node->name, e,
                  "stands %" PRIu64 " times, at least %" PRIu32 " needed", w->documents, node->min);
    return rc;
}

/* Only the first of them below the root can be filled. */
static rc_t
write_opaque(struct xmlw *w, const struct step *s, struct err *e)
{
    bool ours = s->parent == w->root && !w->hole;

    if (ours)
        w->hole = w->bytes + w->at;
    if (s->node->min == 0 || (ours && w->fills))
        return RC_OK;
    return fail(w, s, NULL, e, "is required, but nothing fills it");
}

static rc_t
write_step(struct xmlw *w, const struct step *s, struct err *e)
{
    if (s == w->document_step)
        return write_documents(w, e);
    if (s->level)
        return write_rows(w, s, s->node->max, e);
    switch (s->kind) {
    case STEP_LEAF:
        return write_leaf(w, s, e);
    case STEP_CHOICE:
        return write_choice(w, s, e);
    case STEP_OPAQUE:
        return write_opaque(w, s, e);
    case STEP_SEQUENCE:
        return s->node->min > 0 || has_content(w, s) ? write_children(w, s, e) : RC_OK;
    case STEP_NODE:
        break;
    }
    return s->node->min > 0 || has_content(w, s) ? write_element(w, s, e) : RC_OK;
}

/* Messages. */

/* Read every level's first row; after that each level is one row ahead. */
static rc_t
start(struct xmlw *w, struct err *e)
{
    rc_t rc = RC_OK;

    if (w->started)
        return RC_OK;
    w->started = true;
    for (uint32_t i = 0; i < w->level_count && rc == RC_OK; i++)
        rc = level_advance(w, &w->levels[i], e);
    return rc;
}

/* RC_END when nothing is left for a further message. */
static rc_t
message_begin(struct xmlw *w, uint64_t message, struct err *e)
{
    bool rows = false;
    rc_t rc;

    w->message = message;
    w->documents = w->bytes = w->hole = 0;
    w->at = 0;
    if ((rc = start(w, e)) != RC_OK)
        return rc;
    for (uint32_t i = 0; i < w->level_count; i++) {
        struct level *level = &w->levels[i];

        if (!level->document && level->row && level->number < message)
            return fail_rows(w, level, e, "the message was written without this row");
        rows |= level->row != NULL;
    }
    return (w->document_step ? documents_left(w) : rows) ? RC_OK : RC_END;
}

static rc_t
message_write(struct xmlw *w, struct err *e)
{
    rc_t rc = put_text(w, SPAN("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), e);

    if (w->root_level && level_has_row(w, w->root_level))
        w->root_level->current = w->root_level->row;
    if (rc == RC_OK)
        rc = write_element(w, w->root, e);
    if (w->root_level && w->root_level->current) {
        w->root_level->current = NULL;
        if (rc == RC_OK)
            rc = level_advance(w, w->root_level, e);
    }
    for (uint32_t i = 0; i < w->level_count && rc == RC_OK; i++)
        if (!w->levels[i].document && level_has_row(w, &w->levels[i]))
            rc = fail_rows(w, &w->levels[i], e, "has rows that the format has no place for");
    return rc == RC_OK ? flush(w, e) : rc;
}

rc_t
xmlw_message(struct xmlw *w, uint64_t message, uint32_t max_documents, struct sink out,
             struct xmlw_done *done, struct err *e)
{
    rc_t rc;

    *done = (struct xmlw_done){0};
    w->out = out;
    w->max_documents = max_documents;
    rc = message_begin(w, message, e);
    if (rc == RC_OK)
        rc = message_write(w, e);
    done->document = w->document;
    if (rc != RC_OK)
        return rc;
    done->documents = w->document_step ? w->documents : 1;
    done->bytes = w->bytes;
    done->hole = w->hole;
    return RC_OK;
}

/* The rows of the document at hand that have not been read. */
static rc_t
skip_document(struct xmlw *w, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; i < w->level_count; i++) {
        struct level *level = &w->levels[i];

        level->current = NULL;
        level->index = 0;
        while (rc == RC_OK && level->document && level_has_row(w, level))
            rc = level_advance(w, level, e);
    }
    return rc;
}

static rc_t
drop(void *ctx, const void *p, size_t n, struct err *e)
{
    (void)ctx, (void)p, (void)n, (void)e;
    return RC_OK;
}

rc_t
xmlw_faults(struct xmlw *w, xmlw_fault fault, void *ctx, struct err *e)
{
    rc_t rc = start(w, e);

    w->out = (struct sink){drop, NULL};
    w->at = 0;
    if (rc == RC_OK)
        rc = skip_document(w, e);
    while (rc == RC_OK && w->document_step && document_next(w)) {
        struct err own = {0};

        rc = write_document(w, &own);
        if (rc == RC_REJECT) {
            fault(ctx, w->document, &own);
            rc = skip_document(w, e);
        } else if (rc != RC_OK && e)
            *e = own;
    }
    return rc;
}
