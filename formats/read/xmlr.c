/*
 * xmlr.c - libxml2 pushes events, our callers pull rows: rows wait in a queue, which is empty again
 * before the next piece is parsed. What is under construction at the end of a piece (head, row and
 * faults of the document at hand) lies outside of the queue.
 */
#include "formats/read/xmlr.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/read/xml_in.h"
#include "formats/xsd/check.h"

#define CHUNK ((size_t)64 << 10)
#define UNREAD_MAX                                                                                 \
    ((size_t)1 << 20) /* one tag, comment or CDATA; libxml2 itself would keep 10 MB */
#define MAX_ROW     ((uint32_t)1 << 20)
#define MAX_NAMES   2000
#define MAX_DEPTH   32
#define DEPTH_LIMIT 64 /* of max_depth */
#define ROW_FAULTS  64
#define FILE_FAULTS 100
#define COLUMNS_MAX 256
#define KNOWN_BITS  11
#define TEXT        "text()"

enum scope {
    SCOPE_ROOT,
    SCOPE_OTHER, /* of the format, but of no row: BaseTransfer */
    SCOPE_DOCUMENT,
    SCOPE_HEAD,
    SCOPE_LINE,
    SCOPE_VALUE
};

struct frame {
    enum scope scope;
    const struct plan_node *node; /* NULL: the root of a feed's own format */
    uint32_t at, times;           /* the child read last, and how often it stood there */
    bool told;                    /* its text was complained of */
};

/* What a name means in an element. libxml2 keeps one copy of each name, so pointers will do. */
struct known {
    const xmlChar *name;
    const struct plan_node *in, *child; /* child NULL: none */
    uint32_t index;                     /* of the child or of the group that holds it */
    int column;                         /* -1: none */
};

struct cell {
    uint32_t column;
    size_t at, n; /* in the text beside it */
};

/* Values by column; as a queue those of many rows. */
struct part {
    struct buf text, cells;
    uint64_t has[COLUMNS_MAX / 64];
};

struct row {
    uint64_t line, number;
    size_t head, head_n, own, own_n, faults, faults_n; /* ranges of queued cells and faults */
};

struct xmlr {
    struct source in;
    const struct xmlr_form *forms, *form; /* form NULL: not known yet */
    uint32_t form_count;
    struct xmlr_limit limit;
    struct charset_conv *conv; /* held open: iconv must not look for it when we are confined */
    xmlParserCtxtPtr xml;
    xmlSAXHandler sax;
    char *chunk;
    size_t chunk_n;
    uint64_t before, lines_before; /* bytes and line feeds of the pieces before this one */
    const struct plan_node *document, *head_node, *line_node; /* of the form; NULL: none */
    enum charset charset;

    struct frame stack[DEPTH_LIMIT];
    uint32_t depth, skip; /* skip: elements open inside one that is passed over */
    uint64_t root_line;
    struct known known[1 << KNOWN_BITS];

    struct buf value; /* text of the element at hand, a column or not */
    struct known leaf;
    uint64_t leaf_line;
    bool too_long; /* text of this row was dropped */
    struct buf scratch;

    struct part head, row;
    struct buf faults; /* of the row that comes next */
    bool in_document, row_open, head_queued;
    uint64_t document_line, row_line, number;
    size_t head_at, head_n;

    struct part queue;
    struct buf rows, queue_faults;
    size_t given; /* of rows */

    struct buf file_faults;
    struct err failed; /* rc RC_OK: nothing failed */
    struct span fields[COLUMNS_MAX];
    bool eof;
};

/* Faults. */

static uint64_t
line_now(const struct xmlr *x)
{
    return x->xml->input ? (unsigned)x->xml->input->line : 0;
}

/* The line on which the tag began that ends at the parser's place; no value holds a "<". */
static uint64_t
tag_line(const struct xmlr *x)
{
    const xmlParserInput *in = x->xml->input;
    uint64_t line = line_now(x);

    for (const xmlChar *p = in->cur; p > in->base && *p != '<'; p--)
        line -= *p == '\n' && p != in->cur;
    return line;
}

/* NULL: the file is UTF-8 and not converted. */
static const xmlCharEncodingHandler *
encoder(const struct xmlr *x)
{
    return x->xml->input && x->xml->input->buf ? x->xml->input->buf->encoder : NULL;
}

static enum charset
charset_now(const struct xmlr *x)
{
    const xmlCharEncodingHandler *from = encoder(x);

    return from && from->name && strcmp(from->name, "GB18030") == 0 ? CHARSET_GB18030
                                                                    : CHARSET_UTF8;
}

static uint64_t
line_feeds(const char *p, size_t n)
{
    const char *end = p + n;
    uint64_t count = 0;

    for (; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        count++;
    return count;
}

static void
fault_add(struct buf *to, uint32_t max, uint64_t line, err_code_t code, struct span element,
          struct span seen, const char *want)
{
    struct xmlr_fault f = {.line = line, .code = code};

    if (to->n >= max * sizeof(f))
        return;
    span_show(f.element, sizeof(f.element), element);
    span_show(f.seen, sizeof(f.seen), seen);
    span_show(f.want, sizeof(f.want), span_of(want));
    buf_put(to, &f, sizeof(f));
}

/* Of the row at hand, or of the file where there is none. */
static void
fault(struct xmlr *x, uint64_t line, err_code_t code, const char *element, struct span seen,
      const char *want)
{
    fault_add(x->in_document ? &x->faults : &x->file_faults,
              x->in_document ? ROW_FAULTS : FILE_FAULTS, line, code, span_of(element), seen, want);
}

/* A name no column has, told once, in a feed's own format with the one it is nearest to. */
static void
unknown(struct xmlr *x, const xmlChar *name)
{
    struct arena *a;
    const char *near;
    const struct xmlr_fault *f = (const struct xmlr_fault *)x->file_faults.p;
    size_t n = x->file_faults.n / sizeof(*f);
    char shown[sizeof(f->element)];

    span_show(shown, sizeof(shown), span_of((const char *)name));
    for (size_t i = 0; i < n; i++)
        if ((f[i].code == ERR_COLUMN_UNKNOWN || f[i].code == ERR_COLUMN_NEAR) &&
            strcmp(f[i].element, shown) == 0)
            return;
    if (n == FILE_FAULTS)
        return;
    a = arena_new("name");
    near = x->form->message
               ? NULL
               : header_near(a, x->form->feed, x->limit.aliases, span_of((const char *)name));
    fault_add(&x->file_faults, FILE_FAULTS, line_now(x),
              near ? ERR_COLUMN_NEAR : ERR_COLUMN_UNKNOWN, span_of(shown), span_of(shown),
              near ? near : "");
    arena_free(&a);
}

/* The file is bad from here on. Only the first failure counts. */
static rc_t fail(struct xmlr *x, uint64_t line, int column, err_code_t code, const char *want,
                 const char *format, ...) __attribute__((format(printf, 6, 7)));

static rc_t
fail(struct xmlr *x, uint64_t line, int column, err_code_t code, const char *want,
     const char *format, ...)
{
    char text[512], place[64];
    va_list ap;

    if (x->failed.rc != RC_OK)
        return x->failed.rc;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    snprintf(place, sizeof(place), column > 0 ? "line %llu, column %d" : "line %llu",
             (unsigned long long)line, column);
    if (x->file_faults.n >= FILE_FAULTS * sizeof(struct xmlr_fault))
        x->file_faults.n -= sizeof(struct xmlr_fault);
    fault_add(&x->file_faults, FILE_FAULTS, line, code, SPAN(""), span_of(text), want);
    return err_set(&x->failed, RC_REJECT, code, "%s: %s", place, text);
}

/* From inside a callback. */
static void
give_up(struct xmlr *x, err_code_t code, const char *want, const char *text, const char *name)
{
    fail(x, line_now(x), 0, code, want, "%s%s", text, name);
    xmlStopParser(x->xml);
}

/* The parser is a piece behind: what could not be converted begins at what is left of this one. */
static void
fail_conversion(struct xmlr *x)
{
    const xmlParserInput *in = x->xml->input;
    size_t left = in && in->buf && in->buf->raw ? xmlBufUse(in->buf->raw) : 0;
    size_t good = left < x->chunk_n ? x->chunk_n - left : 0;
    const char *name = charset_now(x) == CHARSET_GB18030 ? "GB18030" : "what it is declared to be";

    fail(x, x->lines_before + line_feeds(x->chunk, good) + 1, 0, ERR_BAD_BYTES, name,
         "byte %llu of the file is not %s", (unsigned long long)(x->before + good), name);
}

/* In words of our own: libxml2's quote what stands there, which may be anybody's name. %d: its line. */
static const struct complaint {
    int number;        /* of libxml2 */
    const char *begin; /* of its text, where the number has several meanings */
    err_code_t code;
    const char *want, *text;
} complaints[] = {
    {XML_ERR_UNKNOWN_ENCODING,          "",                          ERR_CHARSET,   "UTF-8, UTF-16, GB18030",
     "its encoding is not known"                                                                                                                                 },
    {XML_ERR_UNSUPPORTED_ENCODING,      "",                          ERR_CHARSET,   "UTF-8, UTF-16, GB18030",
     "its encoding is not known"                                                                                                                                 },
    {XML_ERR_INVALID_ENCODING,          "",                          ERR_BAD_BYTES, "UTF-8",                  "bytes that are not UTF-8"                         },
    {XML_ERR_INVALID_CHAR,              "Input is not proper UTF-8", ERR_BAD_BYTES, "UTF-8",
     "bytes that are not UTF-8"                                                                                                                                  },
    {XML_ERR_INVALID_CHAR,              "",                          ERR_XML,       "",                       "a control character"                              },
    {XML_ERR_TAG_NAME_MISMATCH,         "",                          ERR_XML,       "",
     "a tag is closed by another name, opened in line %d"                                                                                                        },
    {XML_ERR_TAG_NOT_FINISHED,          "",                          ERR_XML,       "",                       "a tag is not closed, opened in line %d"           },
    {XML_ERR_UNDECLARED_ENTITY,         "",                          ERR_XML,       "",                       "an entity that XML does not have"                 },
    {XML_WAR_UNDECLARED_ENTITY,         "",                          ERR_XML,       "",                       "an entity that XML does not have"                 },
    {XML_ERR_ENTITYREF_SEMICOL_MISSING, "",                          ERR_XML,       "",                       "an & that is not written &amp;"                   },
    {XML_ERR_NAME_REQUIRED,             "",                          ERR_XML,       "",                       "a < or & that begins nothing; write &lt; or &amp;"},
    {XML_ERR_ENTITYREF_NO_NAME,         "",                          ERR_XML,       "",                       "an & that is not written &amp;"                   },
    {XML_ERR_LT_IN_ATTRIBUTE,           "",                          ERR_XML,       "",                       "an attribute that does not end"                   },
    {XML_ERR_ATTRIBUTE_NOT_FINISHED,    "",                          ERR_XML,       "",                       "an attribute that does not end"                   },
    {XML_ERR_GT_REQUIRED,               "",                          ERR_XML,       "",                       "a tag without its >"                              },
    {XML_NS_ERR_UNDEFINED_NAMESPACE,    "",                          ERR_XML,       "",                       "a prefix that is not declared"                    },
    {XML_ERR_DOCUMENT_EMPTY,            "",                          ERR_XML,       "",                       "no element"                                       },
    {XML_ERR_DOCUMENT_END,              "",                          ERR_XML,       "",                       "something stands behind the root element"         },
};

static void
put_number(char *out, size_t size, const char *text, int number)
{
    size_t n = strcspn(text, "%");

    if (text[n])
        snprintf(out, size, "%.*s%d", (int)n, text, number);
    else
        snprintf(out, size, "%s", text);
}

static void
on_error(void *ctx, xmlErrorPtr error)
{
    static const struct complaint other = {0, "", ERR_XML, "", "not well-formed, libxml2 error %d"};
    static const struct complaint cut = {0, "", ERR_XML, "",
                                         "the file ends before its root element does"};
    const struct complaint *c = NULL;
    struct xmlr *x = ctx;
    const char *said = error->message ? error->message : "";
    char text[120];
    int number = error->int1;

    if (error->level < XML_ERR_ERROR || x->failed.rc != RC_OK)
        return;
    if (error->code == XML_I18N_CONV_FAILED) {
        fail_conversion(x);
        return;
    }
    if (error->code == XML_ERR_DOCUMENT_END && x->depth > 0)
        c = &cut;
    for (size_t i = 0; !c && i < sizeof(complaints) / sizeof(complaints[0]); i++)
        if (complaints[i].number == error->code &&
            strncmp(said, complaints[i].begin, strlen(complaints[i].begin)) == 0)
            c = &complaints[i];
    if (!c) {
        c = &other;
        number = error->code;
    }
    put_number(text, sizeof text, c->text, number);
    fail(x, error->line > 0 ? (unsigned)error->line : line_now(x), error->int2, c->code, c->want,
         "%s", text);
}

/* Values by column. */

static void
part_clear(struct part *p)
{
    p->text.n = p->cells.n = 0;
    memset(p->has, 0, sizeof(p->has));
}

static bool
part_has(const struct part *p, uint32_t column)
{
    return p->has[column / 64] >> (column % 64) & 1;
}

static void
part_put(struct part *p, uint32_t column, struct span value)
{
    struct cell c = {column, p->text.n, value.n};

    buf_put(&p->text, value.n ? value.p : "", value.n);
    buf_put(&p->cells, &c, sizeof(c));
    p->has[column / 64] |= UINT64_C(1) << (column % 64);
}

static size_t
part_count(const struct part *p)
{
    return p->cells.n / sizeof(struct cell);
}

static struct span
part_value(const struct part *p, size_t i, uint32_t *column)
{
    const struct cell *c = (const struct cell *)p->cells.p + i;

    *column = c->column;
    return (struct span){c->n ? p->text.p + c->at : "", c->n};
}

static struct span
part_find(const struct part *p, uint32_t want)
{
    uint32_t column;

    for (size_t i = 0; i < part_count(p); i++) {
        struct span value = part_value(p, i, &column);

        if (column == want)
            return value;
    }
    return (struct span){NULL, 0};
}

static void
part_append(struct part *to, const struct part *from)
{
    uint32_t column;

    for (size_t i = 0; i < part_count(from); i++) {
        struct span value = part_value(from, i, &column);

        part_put(to, column, value);
    }
}

static void
part_free(struct part *p)
{
    buf_free(&p->text);
    buf_free(&p->cells);
}

/* Rows. */

static const struct plan_node *
feed_column(const struct xmlr *x, uint32_t column)
{
    return x->form->feed->root->children[column];
}

static struct span
shown(const struct plan_node *node, struct span value)
{
    return node->personal ? SPAN("***") : value;
}

/* A column that document and line both carry cannot have two values. */
static void
compare_with_head(struct xmlr *x)
{
    uint32_t column;
    char want[200];

    for (size_t i = 0; i < part_count(&x->row); i++) {
        struct span own = span_trim(part_value(&x->row, i, &column)), head;
        const struct plan_node *field = feed_column(x, column);

        if (own.n == 0 || !part_has(&x->head, column))
            continue;
        head = span_trim(part_find(&x->head, column));
        if (head.n == 0 || span_eq(own, head))
            continue;
        span_show(want, sizeof(want), shown(field, head));
        fault(x, x->row_line, ERR_FIXED, field->name, shown(field, own), want);
    }
}

static void
row_begin(struct xmlr *x, uint64_t line)
{
    part_clear(&x->row);
    x->row_line = line;
    x->row_open = true;
    x->too_long = false;
}

/* Lines wait until it is known what follows, so that each fault of a document has a row. */
static void
row_finish(struct xmlr *x)
{
    struct row r = {.line = x->row_line, .number = ++x->number};

    compare_with_head(x);
    if (!x->head_queued) {
        x->head_at = part_count(&x->queue);
        part_append(&x->queue, &x->head);
        x->head_n = part_count(&x->queue) - x->head_at;
        x->head_queued = true;
    }
    r.head = x->head_at;
    r.head_n = x->head_n;
    r.own = part_count(&x->queue);
    part_append(&x->queue, &x->row);
    r.own_n = part_count(&x->queue) - r.own;
    r.faults = x->queue_faults.n / sizeof(struct xmlr_fault);
    r.faults_n = x->faults.n / sizeof(struct xmlr_fault);
    buf_put(&x->queue_faults, x->faults.p, x->faults.n);
    buf_put(&x->rows, &r, sizeof(r));
    x->faults.n = 0;
    x->row_open = x->too_long = false;
    part_clear(&x->row);
}

static void
queue_clear(struct xmlr *x)
{
    part_clear(&x->queue);
    x->rows.n = x->queue_faults.n = x->given = 0;
    x->head_queued = false;
}

/* Names. */

static bool
is_group(const struct plan_node *node)
{
    return node->kind == PLAN_SEQUENCE || node->kind == PLAN_CHOICE;
}

/* An element's children in order: what groups hold is free in its order and number. */
static const struct plan_node *
find_child(const struct plan_node *in, const char *name, uint32_t *index)
{
    uint32_t ignored;

    for (uint32_t i = 0; i < in->child_count; i++) {
        const struct plan_node *child = in->children[i];

        if (is_group(child))
            child = find_child(child, name, &ignored);
        else if (child->kind != PLAN_ELEMENT || strcmp(child->name, name) != 0)
            child = NULL;
        if (child) {
            *index = i;
            return child;
        }
    }
    return NULL;
}

static bool
has_any(const struct plan_node *in)
{
    for (uint32_t i = 0; i < in->child_count; i++)
        if (in->children[i]->kind == PLAN_ANY ||
            (is_group(in->children[i]) && has_any(in->children[i])))
            return true;
    return false;
}

static int
feed_find(const struct plan *feed, const char *name)
{
    for (uint32_t i = 0; i < feed->root->child_count; i++)
        if (strcmp(feed->root->children[i]->name, name) == 0)
            return (int)i;
    return -1;
}

/* The column of an element of a message: as lp:map says, else that of its name. */
static int
message_column(const struct xmlr_form *form, const char *folder, const char *name)
{
    const struct plan_message *m = form->message;
    size_t n = folder ? strlen(folder) : 0;

    for (uint32_t i = 0; i < m->map_count; i++) {
        const char *path = m->maps[i].element;

        if (!path || (n > 0 && (strncmp(path, folder, n) != 0 || path[n] != '/')))
            continue;
        if (strcmp(path + (n > 0 ? n + 1 : 0), name) == 0)
            return m->maps[i].column ? feed_find(form->feed, m->maps[i].column) : -1;
    }
    return feed_find(form->feed, name);
}

static void
learn_message(const struct xmlr *x, const struct frame *f, struct known *k)
{
    const struct plan_message *m = x->form->message;

    k->child = find_child(f->node, (const char *)k->name, &k->index);
    if (!k->child || !k->child->type)
        return;
    if (f->scope == SCOPE_DOCUMENT)
        k->column = message_column(x->form, NULL, k->child->name);
    else if (f->scope == SCOPE_HEAD)
        k->column = message_column(x->form, m->head, k->child->name);
    else if (f->scope == SCOPE_LINE)
        k->column = message_column(x->form, m->lines, k->child->name);
}

/* As in a CSV file's header. */
static void
learn_own(const struct xmlr *x, const struct frame *f, struct known *k)
{
    struct arena *a;

    if (f->node != x->form->feed->root)
        return;
    a = arena_new("name");
    k->column = header_field(a, x->form->feed, x->limit.aliases, span_of((const char *)k->name));
    arena_free(&a);
    if (k->column < 0)
        return;
    k->index = (uint32_t)k->column;
    k->child = f->node->children[k->index];
}

static const struct known *
know(struct xmlr *x, const struct frame *f, const xmlChar *name)
{
    uint64_t hash = ((uintptr_t)name + 31 * (uintptr_t)f->node) * UINT64_C(0x9E3779B97F4A7C15);
    struct known *k = &x->known[hash >> (64 - KNOWN_BITS)];

    if (k->name == name && k->in == f->node)
        return k;
    *k = (struct known){.name = name, .in = f->node, .column = -1};
    if (x->form->message)
        learn_message(x, f, k);
    else
        learn_own(x, f, k);
    return k;
}

static bool
is_ours(const struct xmlr *x, const xmlChar *uri)
{
    return !uri || !x->form->message || strcmp((const char *)uri, x->form->format->target_ns) == 0;
}

/* Order and number. */

/* Columns the feed itself demands are missed by its own checks. */
static bool
feed_demands(struct xmlr *x, const struct frame *f, const struct plan_node *child)
{
    const xmlChar *name = xmlDictLookup(x->xml->dict, (const xmlChar *)child->name, -1);
    int column = name ? know(x, f, name)->column : -1;

    return column >= 0 && feed_column(x, (uint32_t)column)->min > 0 &&
           !feed_column(x, (uint32_t)column)->dflt;
}

/* The children from the present one up to `to` will not come any more. */
static void
leave_children(struct xmlr *x, const struct frame *f, uint32_t to)
{
    for (uint32_t i = f->at; i < to; i++) {
        const struct plan_node *child = f->node->children[i];
        uint32_t times = i == f->at ? f->times : 0;

        if (child->kind == PLAN_ELEMENT && times < child->min && !feed_demands(x, f, child))
            fault(x, line_now(x), ERR_XML_MISSING, child->name, SPAN(""), child->name);
    }
}

/* Is what is read held to its message's XSD? */
static bool
is_held(const struct xmlr *x)
{
    return x->form->message && !x->form->message->loose;
}

/* Count the child in; false: it stands in the wrong place or too often. */
static bool
in_place(struct xmlr *x, struct frame *f, const struct known *k)
{
    const struct plan_node *at = f->node->children[f->at];
    char want[16];

    if (!is_held(x))
        return true;
    if (k->index < f->at) {
        fault(x, line_now(x), ERR_XML_ORDER, k->child->name, SPAN(""), at->name ? at->name : "");
        return false;
    }
    if (k->index > f->at) {
        leave_children(x, f, k->index);
        f->at = k->index;
        f->times = 0;
    }
    f->times++;
    if (k->child != f->node->children[k->index] || k->child == x->document ||
        f->times <= k->child->max)
        return true;
    if (f->times == k->child->max + 1) {
        snprintf(want, sizeof(want), "%u", k->child->max);
        fault(x, line_now(x), ERR_XML_TOO_OFTEN, k->child->name, SPAN(""), want);
    }
    return false;
}

/* Forms. */

static rc_t
misfit(const struct xmlr_form *form, const char *name, struct err *e)
{
    return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: lp:message of %s names %s, which is not there",
                   form->feed->file, form->format->file, name);
}

/* The elements a message's names mean; a map must be about one of them. */
static rc_t
form_resolve(const struct xmlr_form *form, const struct plan_node **document,
             const struct plan_node **head, const struct plan_node **lines, struct err *e)
{
    const struct plan_message *m = form->message;
    uint32_t i;

    *head = *lines = NULL;
    if (!(*document = find_child(form->format->root, m->document, &i)) || (*document)->type)
        return misfit(form, m->document, e);
    if (m->head && !(*head = find_child(*document, m->head, &i)))
        return misfit(form, m->head, e);
    if (m->lines && !(*lines = find_child(*document, m->lines, &i)))
        return misfit(form, m->lines, e);
    for (uint32_t k = 0; k < m->map_count; k++) {
        const char *path = m->maps[k].element, *slash = path ? strchr(path, '/') : NULL;
        struct span folder = {path, slash ? (size_t)(slash - path) : 0};
        const struct plan_node *in = !slash                                  ? *document
                                     : m->head && span_is(folder, m->head)   ? *head
                                     : m->lines && span_is(folder, m->lines) ? *lines
                                                                             : NULL;

        if (path && (!in || !find_child(in, slash ? slash + 1 : path, &i)))
            return misfit(form, path, e);
    }
    return RC_OK;
}

static rc_t
forms_check(const struct xmlr_form *forms, uint32_t count, struct err *e)
{
    const struct plan_node *document, *head, *lines;
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < count; i++) {
        if (!forms[i].feed->feed || (forms[i].message && !forms[i].format))
            BUG("xmlr_open: form %u has no feed or no format", i);
        if (forms[i].feed->root->child_count > COLUMNS_MAX)
            return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: more than %d columns", forms[i].feed->file,
                           COLUMNS_MAX);
        if (forms[i].message)
            rc = form_resolve(&forms[i], &document, &head, &lines, e);
    }
    return rc;
}

static void
choose(struct xmlr *x, const struct xmlr_form *form)
{
    x->form = form;
    if (form->message)
        form_resolve(form, &x->document, &x->head_node, &x->line_node, NULL);
    else
        x->document = form->feed->root;
}

/* Elements. */

static struct frame *
push(struct xmlr *x, enum scope scope, const struct plan_node *node)
{
    struct frame *f = &x->stack[x->depth++];

    *f = (struct frame){.scope = scope, .node = node};
    return f;
}

static void
start_root(struct xmlr *x, const xmlChar *name, const xmlChar *uri)
{
    x->root_line = tag_line(x);
    x->charset = charset_now(x);
    for (uint32_t i = 0; i < x->form_count; i++) {
        const struct plan *format = x->forms[i].format;

        if (!x->forms[i].message || strcmp(format->root->name, (const char *)name) != 0 ||
            (uri && strcmp((const char *)uri, format->target_ns) != 0))
            continue;
        choose(x, &x->forms[i]);
        push(x, SCOPE_ROOT, format->root);
        return;
    }
    push(x, SCOPE_ROOT, NULL);
}

static void
put_constants(struct xmlr *x, struct part *to)
{
    const struct plan_message *m = x->form->message;

    for (uint32_t i = 0; m && i < m->map_count; i++)
        if (m->maps[i].value)
            part_put(to, (uint32_t)feed_find(x->form->feed, m->maps[i].column),
                     span_of(m->maps[i].value));
}

static void
start_document(struct xmlr *x, const struct plan_node *node)
{
    push(x, SCOPE_DOCUMENT, node);
    x->in_document = true;
    x->head_queued = false;
    x->document_line = tag_line(x);
    part_clear(&x->head);
    if (!x->line_node)
        row_begin(x, x->document_line);
    put_constants(x, x->line_node ? &x->head : &x->row);
}

/* A child of an own format's root: a row; the first one tells the feed. */
static void
start_own(struct xmlr *x, const xmlChar *name)
{
    for (uint32_t i = 0; !x->form && i < x->form_count; i++)
        if (!x->forms[i].message && strcmp(x->forms[i].feed->feed, (const char *)name) == 0)
            choose(x, &x->forms[i]);
    if (!x->form) {
        give_up(x, ERR_FEED_UNKNOWN, "",
                "neither a message nor a row of a feed: ", (const char *)name);
        return;
    }
    if (strcmp(x->form->feed->feed, (const char *)name) != 0) {
        unknown(x, name);
        x->skip = 1;
        return;
    }
    start_document(x, x->form->feed->root);
}

static void
start_known(struct xmlr *x, const struct frame *f, const struct known *k)
{
    if (k->child->type) {
        push(x, SCOPE_VALUE, k->child);
        x->value.n = 0;
        x->leaf = *k;
        x->leaf_line = line_now(x);
    } else if (f->scope == SCOPE_ROOT && k->child == x->document) {
        start_document(x, k->child);
    } else if (f->scope == SCOPE_DOCUMENT && k->child == x->head_node) {
        push(x, SCOPE_HEAD, k->child);
    } else if (f->scope == SCOPE_DOCUMENT && k->child == x->line_node) {
        if (x->row_open)
            row_finish(x);
        row_begin(x, tag_line(x));
        push(x, SCOPE_LINE, k->child);
    } else {
        push(x, SCOPE_OTHER, k->child);
    }
}

static void
start_child(struct xmlr *x, struct frame *f, const xmlChar *name, const xmlChar *uri)
{
    const struct known *k = know(x, f, name);

    if (k->child && (k->child->foreign || is_ours(x, uri))) {
        if (!in_place(x, f, k) || k->child->foreign)
            x->skip = 1;
        else
            start_known(x, f, k);
        return;
    }
    /* an xs:any of the root is for others' elements: ours with a slip of the pen is no such */
    x->skip = 1;
    if (x->form->message
            ? is_held(x) && (!has_any(f->node) || (f->scope == SCOPE_ROOT && is_ours(x, uri)))
            : name[0] != '_')
        unknown(x, name);
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
         const xmlChar **declared, int attributes, int defaulted, const xmlChar **values)
{
    struct xmlr *x = ctx;
    struct frame *f = x->depth > 0 ? &x->stack[x->depth - 1] : NULL;
    char what[110];

    (void)prefix, (void)namespaces, (void)declared, (void)attributes, (void)defaulted, (void)values;
    if (x->failed.rc != RC_OK)
        return;
    if (x->depth + x->skip >= x->limit.max_depth) {
        snprintf(what, sizeof(what), "%u", x->limit.max_depth);
        give_up(x, ERR_TOO_BIG, what, "elements lie deeper than ", what);
    } else if (x->skip > 0) {
        x->skip++;
    } else if (!f) {
        start_root(x, name, uri);
    } else if (!f->node) {
        start_own(x, name);
    } else if (f->scope == SCOPE_VALUE) {
        snprintf(what, sizeof(what), "<%.100s>", (const char *)name);
        fault(x, line_now(x), ERR_XML_CONTENT, f->node->name, SPAN(""), what);
        x->skip = 1;
    } else {
        start_child(x, f, name, uri);
    }
}

/* A value that goes into no column is checked here, since nobody else will see it. */
static void
check_leaf(struct xmlr *x, const struct plan_node *node)
{
    struct span value = {x->value.n ? x->value.p : "", x->value.n}, normal;
    struct finding f = {0};

    if (node->dflt && value.n == 0)
        return;
    x->scratch.n = 0;
    buf_reserve(&x->scratch, value.n + 1);
    if (!check_value(node->type, value, x->scratch.p, &normal, &f))
        fault(x, x->leaf_line, f.code, node->name, shown(node, value), f.want);
    else if (node->fixed && value.n > 0 && !span_is(normal, node->fixed))
        fault(x, x->leaf_line, ERR_FIXED, node->name, shown(node, value), node->fixed);
}

static void
end_value(struct xmlr *x, const struct frame *f)
{
    struct part *part = f[-1].scope == SCOPE_LINE || !x->line_node ? &x->row : &x->head;

    if (x->leaf.column < 0) {
        if (is_held(x))
            check_leaf(x, f->node);
    } else if (part_has(part, (uint32_t)x->leaf.column)) {
        fault(x, x->leaf_line, ERR_COLUMN_TWICE, f->node->name, SPAN(""), "");
    } else {
        part_put(part, (uint32_t)x->leaf.column, (struct span){x->value.p, x->value.n});
    }
}

static void
end_document(struct xmlr *x)
{
    if (!x->row_open && x->line_node) /* no line at all: the head alone */
        row_begin(x, x->document_line);
    row_finish(x);
    x->in_document = false;
    part_clear(&x->head);
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xmlr *x = ctx;
    const struct frame *f;

    (void)name, (void)prefix, (void)uri;
    if (x->failed.rc != RC_OK)
        return;
    if (x->skip > 0) {
        x->skip--;
        return;
    }
    f = &x->stack[--x->depth];
    if (f->scope == SCOPE_VALUE) {
        end_value(x, f);
        return;
    }
    if (f->node && is_held(x))
        leave_children(x, f, f->node->child_count);
    if (f->scope == SCOPE_DOCUMENT)
        end_document(x);
}

static bool
is_space(const xmlChar *p, int n)
{
    while (n > 0 && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++, n--;
    return n == 0;
}

static void
on_text(void *ctx, const xmlChar *p, int n)
{
    struct xmlr *x = ctx;
    struct frame *f = x->depth > 0 ? &x->stack[x->depth - 1] : NULL;
    char want[16];

    if (x->failed.rc != RC_OK || x->skip > 0 || !f || n <= 0)
        return;
    if (f->scope != SCOPE_VALUE) {
        if (f->told || is_space(p, n))
            return;
        f->told = true;
        /* not shown: it may be anybody's name */
        fault(x, line_now(x), ERR_XML_CONTENT, f->node ? f->node->name : "", SPAN(""), TEXT);
    } else if (x->head.text.n + x->row.text.n + x->value.n + (size_t)n <= x->limit.max_row) {
        buf_put(&x->value, p, (size_t)n);
    } else if (!x->too_long) {
        x->too_long = true;
        snprintf(want, sizeof(want), "%u", x->limit.max_row);
        fault(x, x->leaf_line, ERR_TOO_BIG, f->node->name, SPAN(""), want);
    }
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    struct xmlr *x = ctx;

    (void)external, (void)system;
    if (x->failed.rc == RC_OK)
        give_up(x, ERR_XML_DTD, "",
                "document type declarations are not accepted: ", (const char *)name);
}

/* Bytes. */

static rc_t
fill(struct xmlr *x, struct err *e)
{
    size_t n;
    rc_t rc;

    if (encoder(x)) /* only fail_conversion() asks */
        x->lines_before += line_feeds(x->chunk, x->chunk_n);
    x->before += x->chunk_n;
    x->chunk_n = 0;
    while (x->chunk_n < CHUNK && !x->eof) {
        rc = x->in.read(x->in.ctx, x->chunk + x->chunk_n, CHUNK - x->chunk_n, &n, e);
        if (rc != RC_OK && rc != RC_END)
            return rc;
        if (rc == RC_END || n == 0)
            x->eof = true;
        else
            x->chunk_n += n;
    }
    return RC_OK;
}

/* Bytes that are not yet a whole tag, or not a whole character. */
static size_t
unread(const struct xmlr *x)
{
    const xmlParserInput *in = x->xml->input;
    size_t n = in && in->end > in->cur ? (size_t)(in->end - in->cur) : 0;

    return n + (in && in->buf && in->buf->raw ? xmlBufUse(in->buf->raw) : 0);
}

static rc_t
judge(struct xmlr *x, int code)
{
    char most[16];

    if (x->failed.rc != RC_OK)
        return x->failed.rc;
    if (code != 0 || !x->xml->wellFormed)
        return fail(x, line_now(x), 0, ERR_XML, "", "not well-formed, libxml2 error %d", code);
    if (x->eof && unread(x) > 0)
        return fail(x, line_now(x), 0, ERR_BAD_BYTES, charset_name(x->charset),
                    "the last character is cut off");
    if (unread(x) > UNREAD_MAX) {
        snprintf(most, sizeof(most), "%zu", UNREAD_MAX);
        return fail(x, line_now(x), 0, ERR_TOO_BIG, most,
                    "a tag, comment or CDATA of more than %s bytes", most);
    }
    if (xmlDictSize(x->xml->dict) > (int)x->limit.max_names) {
        snprintf(most, sizeof(most), "%u", x->limit.max_names);
        return fail(x, line_now(x), 0, ERR_TOO_BIG, most, "more than %s different names", most);
    }
    return RC_OK;
}

/* Parse the next piece; RC_END after the last. */
static rc_t
parse(struct xmlr *x, struct err *e)
{
    char charset[24];
    int code = 0;

    if (x->failed.rc == RC_OK && x->eof)
        return RC_END;
    if (x->failed.rc == RC_OK)
        x->failed.rc = fill(x, &x->failed);
    if (x->failed.rc == RC_OK && x->before + x->chunk_n == 0)
        fail(x, 1, 0, ERR_NO_ROWS, "", "the file is empty");
    if (x->failed.rc == RC_OK && x->before == 0 &&
        xml_in_is_foreign((struct span){x->chunk, x->chunk_n}, charset))
        fail(x, 1, 0, ERR_CHARSET, "UTF-8, UTF-16, GB18030", "its encoding is %s", charset);
    if (x->failed.rc == RC_OK) {
        if (x->chunk_n > 0)
            code = xml_in_parse(x->xml, x->chunk, x->chunk_n, on_error, x);
        if (code == 0 && x->eof && x->failed.rc == RC_OK)
            code = xml_in_parse(x->xml, NULL, 0, on_error, x);
        if (judge(x, code) == RC_OK)
            return RC_OK;
    }
    if (e)
        *e = x->failed;
    return x->failed.rc;
}

/* Open, read, close. */

static void
set_limits(struct xmlr_limit *to, const struct xmlr_limit *from)
{
    if (from)
        *to = *from;
    to->max_row = to->max_row ? to->max_row : MAX_ROW;
    to->max_names = to->max_names ? to->max_names : MAX_NAMES;
    to->max_depth = to->max_depth ? to->max_depth : MAX_DEPTH;
    if (to->max_depth > DEPTH_LIMIT)
        to->max_depth = DEPTH_LIMIT;
}

rc_t
xmlr_open(struct xmlr **x, struct source in, const struct xmlr_form *forms, uint32_t count,
          const struct xmlr_limit *limit, struct err *e)
{
    struct xmlr *new;
    rc_t rc;

    *x = NULL;
    if ((rc = forms_check(forms, count, e)) != RC_OK)
        return rc;
    new = calloc(1, sizeof(*new));
    if (!new || !(new->chunk = malloc(CHUNK)))
        BUG("out of memory");
    new->in = in;
    new->forms = forms;
    new->form_count = count;
    new->charset = CHARSET_UTF8;
    set_limits(&new->limit, limit);
    new->conv = charset_open(CHARSET_GB18030);
    new->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
                               .internalSubset = on_doctype,
                               .startElementNs = on_start,
                               .endElementNs = on_end,
                               .characters = on_text,
                               .ignorableWhitespace = on_text,
                               .cdataBlock = on_text,
                               .serror = on_error};
    new->xml = xml_in_parser(&new->sax, new);
    *x = new;
    return RC_OK;
}

void
xmlr_close(struct xmlr **x)
{
    if (!*x)
        return;
    xmlFreeParserCtxt((*x)->xml);
    charset_close(&(*x)->conv);
    part_free(&(*x)->head);
    part_free(&(*x)->row);
    part_free(&(*x)->queue);
    buf_free(&(*x)->value);
    buf_free(&(*x)->scratch);
    buf_free(&(*x)->faults);
    buf_free(&(*x)->rows);
    buf_free(&(*x)->queue_faults);
    buf_free(&(*x)->file_faults);
    free((*x)->chunk);
    free(*x);
    *x = NULL;
}

rc_t
xmlr_header(struct xmlr *x, uint32_t *form, struct xmlr_record *header, struct err *e)
{
    const struct plan_node *root;
    rc_t rc = RC_OK;

    while (!x->form && rc == RC_OK)
        rc = parse(x, e);
    if (!x->form)
        return rc;
    root = x->form->feed->root;
    for (uint32_t i = 0; i < root->child_count; i++)
        x->fields[i] = span_of(root->children[i]->name);
    *form = (uint32_t)(x->form - x->forms);
    *header =
        (struct xmlr_record){.line = x->root_line, .fields = x->fields, .count = root->child_count};
    return RC_OK;
}

/* A line's value stands before its head's of the same column, unless it is empty. */
static void
give(struct xmlr *x, const struct row *row, struct xmlr_record *r)
{
    uint32_t count = x->form->feed->root->child_count, column;

    memset(x->fields, 0, count * sizeof(x->fields[0]));
    for (size_t i = 0; i < row->head_n; i++) {
        struct span value = part_value(&x->queue, row->head + i, &column);

        x->fields[column] = value;
    }
    for (size_t i = 0; i < row->own_n; i++) {
        struct span value = part_value(&x->queue, row->own + i, &column);

        if (!x->fields[column].n || span_trim(value).n)
            x->fields[column] = value;
    }
    *r = (struct xmlr_record){
        .line = row->line, .number = row->number, .fields = x->fields, .count = count};
    if (row->faults_n > 0) {
        r->faults = (const struct xmlr_fault *)x->queue_faults.p + row->faults;
        r->fault_count = (uint32_t)row->faults_n;
    }
}

rc_t
xmlr_next(struct xmlr *x, struct xmlr_record *r, struct err *e)
{
    rc_t rc;

    *r = (struct xmlr_record){0};
    while (x->given == x->rows.n / sizeof(struct row)) {
        queue_clear(x);
        rc = parse(x, e);
        if (rc != RC_OK && x->rows.n == 0)
            return rc;
    }
    give(x, (const struct row *)x->rows.p + x->given++, r);
    return RC_OK;
}

uint32_t
xmlr_faults(const struct xmlr *x, const struct xmlr_fault **faults)
{
    *faults = (const struct xmlr_fault *)x->file_faults.p;
    return (uint32_t)(x->file_faults.n / sizeof(**faults));
}

enum charset
xmlr_charset(const struct xmlr *x)
{
    return x->charset;
}

bool
xmlr_is_xml(struct span s)
{
    static const char be[] = {0, '<'}, le[] = {'<', 0};

    if (s.n >= 4 && ((memcmp(s.p, "\xFE\xFF", 2) == 0 && memcmp(s.p + 2, be, 2) == 0) ||
                     (memcmp(s.p, "\xFF\xFE", 2) == 0 && memcmp(s.p + 2, le, 2) == 0)))
        return true;
    if (s.n >= 3 && memcmp(s.p, "\xEF\xBB\xBF", 3) == 0)
        s = (struct span){s.p + 3, s.n - 3};
    s = span_trim(s);
    return s.n > 1 && s.p[0] == '<' && s.p[1] != '\0';
}
