#include "formats/read/envelope.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "formats/read/xml_in.h"

#define PIECE 65536

struct envelope {
    struct source in;
    const char *payload; /* its local name */
    xmlParserCtxtPtr xml;
    xmlSAXHandler sax;
    bool inside, seen, ended;
    uint32_t bits; /* of a group of four that is not whole yet */
    int letters, padding;
    struct buf out; /* decoded and not yet taken */
    size_t at;
    struct err failed;
    char chunk[PIECE];
};

static const struct plan_node *
payload_node(const struct plan_node *n)
{
    const struct plan_node *found = n->payload ? n : NULL;

    for (uint32_t i = 0; !found && i < n->child_count; i++)
        found = payload_node(n->children[i]);
    return found;
}

/* ---- which one ---- */

struct first {
    xmlParserCtxtPtr xml;
    char root[100];
};

static void
on_first(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
         const xmlChar **ns, int attributes, int defaulted, const xmlChar **values)
{
    struct first *f = ctx;

    (void)prefix, (void)uri, (void)namespaces, (void)ns, (void)attributes, (void)defaulted,
        (void)values;
    if (!f->root[0] && strlen((const char *)name) < sizeof f->root)
        memcpy(f->root, name, strlen((const char *)name) + 1);
    xmlStopParser(f->xml);
}

static void
on_any_doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
    (void)name, (void)id, (void)system;
    xmlStopParser(((struct first *)ctx)->xml);
}

static void
on_quiet(void *ctx, xmlErrorPtr error)
{
    (void)ctx, (void)error;
}

const struct plan *
envelope_of(struct span start, const struct plan *const *plans, uint32_t count)
{
    struct first f = {NULL, ""};
    char charset[24];
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .internalSubset = on_any_doctype,
                         .startElementNs = on_first,
                         .serror = on_quiet};

    if (xml_in_is_foreign(start, charset)) /* whoever reads it next says so */
        return NULL;
    f.xml = xml_in_parser(&sax, &f);
    xml_in_parse(f.xml, start.p, start.n < PIECE ? start.n : PIECE, on_quiet, &f);
    xmlFreeParserCtxt(f.xml);
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(plans[i]->root->name, f.root) == 0)
            return plans[i];
    return NULL;
}

/* ---- what is inside ---- */

static void
note(struct envelope *v, err_code_t code, const char *why)
{
    if (v->failed.rc == RC_OK)
        err_set(&v->failed, RC_REJECT, code, "line %d of the envelope: %s",
                v->xml->input ? v->xml->input->line : 0, why);
}

static void
refuse(struct envelope *v, err_code_t code, const char *why)
{
    note(v, code, why);
    xmlStopParser(v->xml);
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
    (void)name, (void)id, (void)system;
    refuse(ctx, ERR_XML_DTD, "it has a DOCTYPE");
}

static void
on_error(void *ctx, xmlErrorPtr error)
{
    struct envelope *v = ctx;
    char why[160];

    if (error->level < XML_ERR_ERROR || v->failed.rc != RC_OK)
        return;
    span_show(why, sizeof why, span_of(error->message ? error->message : "not well-formed"));
    note(v, ERR_XML, why); /* libxml2 2.9 must not be stopped while it changes the encoding */
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
         const xmlChar **ns, int attributes, int defaulted, const xmlChar **values)
{
    struct envelope *v = ctx;

    (void)prefix, (void)uri, (void)namespaces, (void)ns, (void)attributes, (void)defaulted,
        (void)values;
    if (v->inside)
        refuse(v, ERR_XML, "elements where base64 was expected");
    else if (strcmp((const char *)name, v->payload) == 0 && v->seen)
        refuse(v, ERR_XML, "a second payload");
    else if (strcmp((const char *)name, v->payload) == 0)
        v->inside = v->seen = true;
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct envelope *v = ctx;

    (void)name, (void)prefix, (void)uri;
    if (v->inside && v->letters)
        refuse(v, ERR_XML, "base64 that ends too early");
    v->inside = false;
}

/* EVP_DecodeUpdate() would do, but it takes a "-" for the end and drops what follows. */
static int
digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void
put_group(struct envelope *v)
{
    char bytes[3] = {(char)(v->bits >> 16), (char)(v->bits >> 8), (char)v->bits};

    buf_put(&v->out, bytes, (size_t)(3 - v->padding));
    v->letters = 0;
    v->bits = 0;
}

static void
on_text(void *ctx, const xmlChar *text, int n)
{
    struct envelope *v = ctx;

    for (int i = 0; v->inside && v->failed.rc == RC_OK && i < n; i++) {
        char c = (char)text[i];
        int value = digit(c);

        if (span_blank(c))
            continue;
        if (c == '=' && v->letters >= 2)
            v->padding++, value = 0;
        else if (v->padding)
            value = -1; /* nothing follows the end */
        if (value < 0) {
            refuse(v, ERR_XML, "no base64");
            return;
        }
        v->bits = v->bits << 6 | (uint32_t)value;
        if (++v->letters == 4)
            put_group(v);
    }
}

struct envelope *
envelope_open(struct source in, const struct plan *plan)
{
    struct envelope *v = calloc(1, sizeof *v);
    const struct plan_node *node = payload_node(plan->root);

    if (!v)
        BUG("out of memory");
    v->in = in;
    v->payload = node ? node->name : "";
    v->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
                             .internalSubset = on_doctype,
                             .startElementNs = on_start,
                             .endElementNs = on_end,
                             .characters = on_text,
                             .ignorableWhitespace = on_text,
                             .cdataBlock = on_text,
                             .serror = on_error};
    v->xml = xml_in_parser(&v->sax, v);
    return v;
}

void
envelope_close(struct envelope **v)
{
    if (!*v)
        return;
    xmlFreeParserCtxt((*v)->xml);
    buf_free(&(*v)->out);
    free(*v);
    *v = NULL;
}

/* One piece of the envelope. */
static rc_t
feed(struct envelope *v)
{
    size_t n;
    rc_t rc = v->in.read(v->in.ctx, v->chunk, sizeof v->chunk, &n, &v->failed);
    int code;

    if (rc != RC_OK)
        return v->failed.rc = rc;
    code = xml_in_parse(v->xml, v->chunk, n, on_error, v);
    if (code != 0)
        refuse(v, ERR_XML, "not well-formed");
    v->ended = n == 0;
    if (v->ended && !v->seen)
        refuse(v, ERR_XML, "nothing is in it");
    return v->failed.rc;
}

static rc_t
read_inside(void *ctx, void *buf, size_t size, size_t *n, struct err *e)
{
    struct envelope *v = ctx;

    *n = 0;
    while (v->failed.rc == RC_OK && v->at == v->out.n && !v->ended) {
        v->at = v->out.n = 0;
        feed(v);
    }
    if (v->failed.rc != RC_OK) {
        if (e)
            *e = v->failed;
        return v->failed.rc;
    }
    *n = size < v->out.n - v->at ? size : v->out.n - v->at;
    if (*n)
        memcpy(buf, v->out.p + v->at, *n);
    v->at += *n;
    return RC_OK;
}

struct source
envelope_source(struct envelope *v)
{
    return (struct source){read_inside, v};
}
