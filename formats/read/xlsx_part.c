#include "formats/read/xlsx_part.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK     (16 << 10)
#define DEPTH     64
#define TAG_OTHER 255
#define NAMES     20000       /* libxml2 needs time that grows with their square */
#define TAG_BYTES (256 << 10) /* of one tag or comment; attributes cost their square too */

struct part {
    const struct part_reader *reader;
    void *ctx;
    const struct xlsx_parts *from;
    char *name;
    struct source in;
    xmlParserCtxt *xml;
    uint64_t bytes, limit;
    const xmlChar *space; /* the namespace we know that was seen last; libxml2 keeps each once */
    const xmlChar **attrs;
    int attr_count;
    unsigned depth;
    uint8_t stack[DEPTH + 1]; /* tags of the open elements; [0] is the document */
    bool is_open, enough;
    struct err refused;
    char block[BLOCK];
};

static void
stop(struct part *p)
{
    xmlStopParser(p->xml);
}

void
part_refuse(struct part *p, err_code_t code, const char *format, ...)
{
    char text[256];
    va_list args;

    if (p->refused.rc != RC_OK)
        return;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);
    err_set(&p->refused, RC_REJECT, code, "%s: %s", p->name, text);
    stop(p);
}

void
part_fail(struct part *p, const struct err *e)
{
    if (p->refused.rc != RC_OK)
        return;
    p->refused = *e;
    stop(p);
}

void
part_enough(struct part *p)
{
    p->enough = true;
    stop(p);
}

static bool
is_over(const struct part *p)
{
    return p->enough || p->refused.rc != RC_OK;
}

static bool
known_space(struct part *p, const xmlChar *uri)
{
    static const char *const spaces[] = {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
        "http://schemas.openxmlformats.org/package/2006/relationships",
    };

    if (!uri || uri == p->space)
        return uri != NULL;
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        if (strcmp((const char *)uri, spaces[i]) == 0) {
            p->space = uri;
            return true;
        }
    }
    return false;
}

static uint8_t
tag_of(struct part *p, const xmlChar *name, const xmlChar *uri)
{
    uint8_t parent = p->stack[p->depth];

    if (parent == TAG_OTHER || !known_space(p, uri))
        return TAG_OTHER;
    for (const struct part_element *el = p->reader->elements; el->name; el++)
        if (el->parent == parent && strcmp(el->name, (const char *)name) == 0)
            return el->tag;
    return TAG_OTHER;
}

static void
on_begin(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int spaces,
         const xmlChar **declared, int attr_count, int defaulted, const xmlChar **attrs)
{
    struct part *p = ctx;
    uint8_t tag;

    (void)prefix, (void)spaces, (void)declared, (void)defaulted;
    if (is_over(p))
        return;
    if (p->depth == DEPTH) {
        part_refuse(p, ERR_WORKBOOK, "elements lie more than %d deep", DEPTH);
        return;
    }
    tag = tag_of(p, name, uri);
    p->stack[++p->depth] = tag;
    if (tag == TAG_OTHER)
        return;
    p->attrs = attrs;
    p->attr_count = attr_count;
    p->reader->begin(p->ctx, p, tag);
    p->attr_count = 0;
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct part *p = ctx;
    uint8_t tag;

    (void)name, (void)prefix, (void)uri;
    if (is_over(p))
        return;
    tag = p->stack[p->depth--];
    if (tag != TAG_OTHER && p->reader->end)
        p->reader->end(p->ctx, p, tag);
}

static void
on_text(void *ctx, const xmlChar *text, int n)
{
    struct part *p = ctx;
    uint8_t tag = p->stack[p->depth];

    if (!is_over(p) && tag != TAG_OTHER && p->reader->text)
        p->reader->text(p->ctx, p, tag, (struct span){(const char *)text, (size_t)n});
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    part_refuse(ctx, ERR_WORKBOOK, "document type declarations are not accepted");
}

/* What it found stands in the parser; here it only must not print. */
static void
on_error(void *ctx, xmlErrorPtr error)
{
    (void)ctx, (void)error;
}

static xmlParserCtxt *
parser_new(struct part *p)
{
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_begin,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .internalSubset = on_doctype,
        .serror = on_error,
    };
    xmlParserCtxt *xml = xmlCreatePushParserCtxt(&sax, p, NULL, 0, NULL);

    if (!xml)
        BUG("out of memory");
    /* the declared encoding is not looked at: what is not UTF-16 by its first bytes is UTF-8 */
    xmlCtxtUseOptions(xml, XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_IGNORE_ENC);
    return xml;
}

rc_t
part_open(struct part **out, const struct xlsx_parts *from, const char *name, uint64_t limit,
          const struct part_reader *reader, void *ctx, struct err *e)
{
    struct part *p = calloc(1, sizeof *p);
    struct err why = {0};
    rc_t rc;

    *out = NULL;
    if (!p || !(p->name = strdup(name)))
        BUG("out of memory");
    p->from = from;
    p->limit = limit;
    p->reader = reader;
    p->ctx = ctx;
    rc = from->open(from->ctx, name, &p->in, &why);
    p->is_open = rc == RC_OK;
    if (rc == RC_REJECT && why.code == ERR_NOT_FOUND)
        rc = err_set(e, RC_REJECT, ERR_WORKBOOK, "part '%s' is missing", name);
    else if (rc != RC_OK && e)
        *e = why;
    if (rc == RC_OK) {
        p->xml = parser_new(p);
        *out = p;
    } else {
        part_close(&p);
    }
    return rc;
}

void
part_close(struct part **p)
{
    if (!*p)
        return;
    if ((*p)->is_open)
        (*p)->from->close((*p)->from->ctx);
    xmlFreeParserCtxt((*p)->xml);
    free((*p)->name);
    free(*p);
    *p = NULL;
}

/* What libxml2 itself does not bound. */
static void
check_cost(struct part *p)
{
    if (p->xml->dict && xmlDictSize(p->xml->dict) > NAMES)
        part_refuse(p, ERR_WORKBOOK, "more than %d names", NAMES);
    if (p->xml->input && p->xml->input->end - p->xml->input->cur > TAG_BYTES)
        part_refuse(p, ERR_WORKBOOK, "a tag or comment of more than %d bytes", TAG_BYTES);
}

/* n 0: the end. */
static void
parse(struct part *p, size_t n)
{
    int code = xmlParseChunk(p->xml, p->block, (int)n, n == 0);

    if (is_over(p))
        return;
    if (code != XML_ERR_OK || !p->xml->wellFormed)
        part_refuse(p, ERR_WORKBOOK, "not well-formed XML, line %d",
                    p->xml->input ? p->xml->input->line : 0);
    else
        check_cost(p);
}

rc_t
part_feed(struct part *p, struct err *e)
{
    size_t n = 0;
    rc_t rc;

    if (p->refused.rc == RC_OK) {
        if ((rc = p->in.read(p->in.ctx, p->block, sizeof p->block, &n, e)) != RC_OK)
            return rc;
        p->bytes += n;
        if (p->bytes > p->limit)
            part_refuse(p, ERR_TOO_BIG, "more than %llu bytes", (unsigned long long)p->limit);
        else if (!p->enough)
            parse(p, n);
    }
    if (p->refused.rc == RC_OK)
        return n == 0 ? RC_END : RC_OK;
    if (e)
        *e = p->refused;
    return p->refused.rc;
}

rc_t
part_read(const struct xlsx_parts *from, const char *name, uint64_t limit,
          const struct part_reader *reader, void *ctx, struct err *e)
{
    struct part *p = NULL;
    rc_t rc = part_open(&p, from, name, limit, reader, ctx, e);

    while (rc == RC_OK)
        rc = part_feed(p, e);
    part_close(&p);
    return rc == RC_END ? RC_OK : rc;
}

/* Five pointers an attribute: local name, prefix, namespace, begin and end of the value. */
struct span
part_attr(const struct part *p, const char *name)
{
    const char *colon = strchr(name, ':'), *local = colon ? colon + 1 : name;

    for (int i = 0; i < p->attr_count; i++) {
        const xmlChar **a = p->attrs + 5 * i;

        if ((a[1] != NULL) == (colon != NULL) && strcmp((const char *)a[0], local) == 0)
            return (struct span){(const char *)a[3], (size_t)(a[4] - a[3])};
    }
    return (struct span){0};
}

/* libxml2 leaves each ampersand of a value as "&#38;". */
void
part_attr_text(const struct part *p, const char *name, struct buf *out)
{
    static const char ampersand[] = "&#38;";
    struct span v = part_attr(p, name);

    for (size_t i = 0; i < v.n; i++) {
        buf_put(out, v.p + i, 1);
        if (v.n - i >= sizeof ampersand - 1 &&
            memcmp(v.p + i, ampersand, sizeof ampersand - 1) == 0)
            i += sizeof ampersand - 2;
    }
}
