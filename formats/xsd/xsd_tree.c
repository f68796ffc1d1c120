/*
 * xsd_tree.c - an XSD as libxml2's tree: survey() refuses everything outside our subset of XML Schema wherever it
 * stands, so that what follows the root's references later may rely on shape.
 */
#include <libxml/parser.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/stream.h"
#include "formats/xsd/xsd.h"

#define GLOBALS_MAX 5000
#define SOURCES_MAX 16

const char *
xsd_file(const struct compile *c, const xmlNode *at)
{
    const struct xsd_file *s = c->sources;

    while (s->next && s->doc != at->doc)
        s = s->next;
    return s->file;
}

rc_t
xsd_refuse(struct compile *c, const xmlNode *at, const char *format, ...)
{
    char text[768];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    return err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:%ld: %s", xsd_file(c, at), xmlGetLineNo(at),
                   text);
}

/* Small things about nodes. */

const char *
xsd_name(const xmlNode *n)
{
    return (const char *)n->name;
}

bool
xsd_in_ns(const xmlNode *n, const char *ns)
{
    return n->ns && n->ns->href && strcmp((const char *)n->ns->href, ns) == 0;
}

bool
xsd_is(const xmlNode *n, const char *name)
{
    return strcmp(xsd_name(n), name) == 0 && xsd_in_ns(n, XSD_NS);
}

const xmlNode *
xsd_element_from(const xmlNode *n)
{
    while (n && n->type != XML_ELEMENT_NODE)
        n = n->next;
    return n;
}

const xmlNode *
xsd_child(const xmlNode *parent, const char *name)
{
    for (EACH_CHILD(n, parent))
        if (xsd_is(n, name))
            return n;
    return NULL;
}

size_t
xsd_children(const xmlNode *parent, const char *name)
{
    size_t n = 0;

    for (EACH_CHILD(child, parent))
        n += xsd_is(child, name);
    return n;
}

/* NULL when it is not there; lives until the compiler ends. */
const char *
xsd_attribute(const struct compile *c, const xmlNode *n, const char *name)
{
    xmlChar *value = xmlGetNoNsProp((xmlNode *)n, (const xmlChar *)name);
    const char *copy = arena_str(c->scratch, (const char *)value);

    xmlFree(value);
    return copy;
}

bool
xsd_attribute_is(const xmlNode *n, const char *name, const char *value)
{
    xmlChar *its = xmlGetNoNsProp((xmlNode *)n, (const xmlChar *)name);
    bool same = its && strcmp((const char *)its, value) == 0;

    xmlFree(its);
    return same;
}

/* Is word one of the words of list, which single blanks part? */
bool
xsd_word_in(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = list; n && (p = strstr(p, word)); p += n)
        if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == 0))
            return true;
    return false;
}

/* First pass: nothing but what we know. */

/* clang-format off */
static const struct known {
    const char *name, *attributes, *children;
} known_elements[] = {
    {"schema", "targetNamespace elementFormDefault attributeFormDefault version id",
     "annotation include import element simpleType complexType"},
    {"include", "schemaLocation id", "annotation"},
    {"import", "namespace schemaLocation id", "annotation"},
    {"annotation", "id", "documentation appinfo"},
    {"element", "name ref type minOccurs maxOccurs default fixed nillable id",
     "annotation simpleType complexType"},
    {"attribute", "name type use default fixed id", "annotation simpleType"},
    {"complexType", "name mixed id", "annotation sequence choice simpleContent attribute"},
    {"sequence", "minOccurs maxOccurs id", "annotation element sequence choice any"},
    {"choice", "minOccurs maxOccurs id", "annotation element sequence choice any"},
    {"any", "namespace processContents minOccurs maxOccurs id", "annotation"},
    {"simpleContent", "id", "annotation extension"},
    {"extension", "base id", "annotation attribute"},
    {"simpleType", "name id", "annotation restriction"},
    {"restriction", "base id",
     "annotation simpleType length minLength maxLength enumeration pattern whiteSpace totalDigits "
     "fractionDigits minInclusive maxInclusive minExclusive maxExclusive"},
    {"length minLength maxLength enumeration pattern whiteSpace totalDigits fractionDigits "
     "minInclusive maxInclusive minExclusive maxExclusive", "value id", "annotation"},
};
/* clang-format on */

/* What to write instead of the parts of XML Schema we leave out. */
static const struct {
    const char *names, *instead;
} refusals[] = {
    {"all",                        "write xs:sequence"                        },
    {"group attributeGroup",       "write its members out where they are used"},
    {"union list",                 "write xs:string with a pattern"           },
    {"complexContent",             "write the whole type out"                 },
    {"key keyref unique",          "uniqueness is checked by SQL; take it out"},
    {"redefine",                   "put the definitions into this file"       },
    {"anyAttribute",               "name the attributes"                      },
    {"form",                       "set elementFormDefault for the whole file"},
    {"abstract substitutionGroup", "name the elements in a sequence or choice"},
};

static const char *
instead_of(const char *name)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (xsd_word_in(refusals[i].names, name))
            return refusals[i].instead;
    return "take it out";
}

static const struct known *
known_find(const xmlNode *n)
{
    for (size_t i = 0; i < sizeof(known_elements) / sizeof(known_elements[0]); i++)
        if (xsd_word_in(known_elements[i].name, xsd_name(n)))
            return &known_elements[i];
    return NULL;
}

static rc_t
survey_attributes(struct compile *c, const xmlNode *n, const struct known *known)
{
    for (const xmlAttr *p = n->properties; p; p = p->next) {
        const char *name = (const char *)p->name;
        const char *value;

        if (p->ns) /* another's remark, xml:lang for instance */
            continue;
        if (!xsd_word_in(known->attributes, name))
            return xsd_refuse(c, n, "attribute %s of xs:%s is not supported; %s", name, xsd_name(n),
                              instead_of(name));
        value = xsd_attribute(c, n, name);
        if (xsd_word_in("nillable mixed", name) && !xsd_word_in("false 0", value))
            return xsd_refuse(c, n, "%s=\"%s\" is not supported; take it out", name, value);
        if (strcmp(name, "attributeFormDefault") == 0 && strcmp(value, "unqualified") != 0)
            return xsd_refuse(c, n,
                              "attributes with a namespace are not supported; write "
                              "attributeFormDefault=\"unqualified\"");
    }
    return RC_OK;
}

/* Our own remarks count only where the compiler looks for them. */
static rc_t
survey_appinfo(struct compile *c, const xmlNode *appinfo)
{
    const xmlNode *owner = appinfo->parent->parent;

    for (EACH_CHILD(n, appinfo))
        if (xsd_in_ns(n, LP_NS) && !xsd_word_in("element attribute simpleType", xsd_name(owner)) &&
            !(xsd_is(owner, "any") && strcmp(xsd_name(n), "signed") == 0))
            return xsd_refuse(c, n,
                              "lp:%s has no effect at xs:%s; put it at an element, an attribute "
                              "or a simpleType",
                              xsd_name(n), xsd_name(owner));
    return RC_OK;
}

static rc_t
survey(struct compile *c, const xmlNode *n)
{
    const struct known *known = known_find(n);
    rc_t rc;

    if (!known)
        return xsd_refuse(c, n, "xs:%s is not supported; %s", xsd_name(n), instead_of(xsd_name(n)));
    if ((rc = survey_attributes(c, n, known)) != RC_OK)
        return rc;
    for (EACH_CHILD(child, n)) {
        if (!xsd_in_ns(child, XSD_NS))
            return xsd_refuse(c, child, "element %s is not of XML Schema; take it out",
                              xsd_name(child));
        if (!xsd_word_in(known->children, xsd_name(child)))
            return xsd_refuse(c, child, "xs:%s in xs:%s is not supported; %s", xsd_name(child),
                              xsd_name(n), instead_of(xsd_name(child)));
        if (xsd_is(child, "documentation"))
            continue;
        rc = xsd_is(child, "appinfo") ? survey_appinfo(c, child) : survey(c, child);
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

/* Names. */

const xmlNode *
xsd_global(const struct compile *c, const char *kind, const char *name)
{
    for (const struct xsd_file *s = c->sources; s; s = s->next)
        for (EACH_CHILD(n, s->schema))
            if (xsd_is(n, kind) && xsd_attribute_is(n, "name", name))
                return n;
    return NULL;
}

static rc_t
survey_global(struct compile *c, const xmlNode *n)
{
    const char *kind = xsd_name(n), *name = xsd_attribute(c, n, "name");
    const xmlNode *other;

    if (!name || !name[0])
        return xsd_refuse(c, n, "global xs:%s without a name; give it one", kind);
    other = xsd_global(c, kind, name);
    if (other == n && xsd_is(n, "complexType"))
        other = xsd_global(c, "simpleType", name);
    if (!other || other == n)
        return RC_OK;
    return xsd_refuse(c, n, "%s is defined in line %ld%s%s too; rename one", name,
                      xmlGetLineNo(other), other->doc == n->doc ? "" : " of ",
                      other->doc == n->doc ? "" : xsd_file(c, other));
}

/* Globals have a name and no other of their kind has it; types share one room of names. */
rc_t
xsd_survey_globals(struct compile *c)
{
    unsigned count = 0;
    rc_t rc;

    for (const struct xsd_file *s = c->sources; s; s = s->next)
        for (EACH_CHILD(n, s->schema)) {
            if (!xsd_word_in("element simpleType complexType", xsd_name(n)))
                continue;
            if (++count > GLOBALS_MAX)
                return xsd_refuse(c, n, "more than %d global declarations; split the file",
                                  GLOBALS_MAX);
            if ((rc = survey_global(c, n)) != RC_OK)
                return rc;
        }
    return RC_OK;
}

rc_t
xsd_resolve(struct compile *c, const xmlNode *at, const char *text, struct qname *q)
{
    const char *colon = strchr(text, ':');
    char *prefix = colon ? arena_strn(c->scratch, text, (size_t)(colon - text)) : NULL;
    xmlNsPtr ns = xmlSearchNs(at->doc, (xmlNode *)at, (const xmlChar *)prefix);

    if (prefix && !ns)
        return xsd_refuse(c, at, "prefix %s is not bound; declare it in xs:schema", prefix);
    q->ns = ns && ns->href ? (const char *)ns->href : "";
    q->local = colon ? colon + 1 : text;
    return RC_OK;
}

bool
xsd_is_imported(const xmlNode *at, const char *ns)
{
    for (EACH_CHILD(n, xmlDocGetRootElement(at->doc)))
        if (xsd_is(n, "import") && xsd_attribute_is(n, "namespace", ns))
            return true;
    return false;
}

/* Files. */

static rc_t
file_read(struct compile *c, const char *file, struct buf *text)
{
    FILE *f = fopen(file, "rb");
    bool whole;

    if (!f)
        return err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:1: cannot be opened; check name and rights",
                       file);
    whole = buf_read(text, f, SCHEMA_FILE_MAX);
    fclose(f);
    if (!whole)
        return err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:1: cannot be read; check name and rights",
                       file);
    if (text->n > SCHEMA_FILE_MAX)
        return err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:1: larger than 8 MiB; split it", file);
    return RC_OK;
}

/* No entity is replaced, nothing beside these bytes is read; a document type is refused. */
static rc_t
parse(struct compile *c, struct xsd_file *s, const char *text, size_t n)
{
    const int options = XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_NOERROR |
                        XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    rc_t rc = RC_OK;

    if (!parser)
        BUG("out of memory");
    s->doc = xmlCtxtReadMemory(parser, text, (int)n, s->file, NULL, options);
    if (!s->doc) {
        const xmlError *why = xmlCtxtGetLastError(parser);
        const char *message = why && why->message ? why->message : "not XML";

        rc = err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:%d: %.*s; correct the XML", s->file,
                     why ? why->line : 1, (int)strcspn(message, "\r\n"), message);
    } else if (s->doc->intSubset) {
        rc = err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:1: has a document type; take DOCTYPE out",
                     s->file);
    } else {
        s->schema = xmlDocGetRootElement(s->doc);
        if (!xsd_is(s->schema, "schema"))
            rc = xsd_refuse(c, s->schema, "%s is not xs:schema; is this an XML Schema?",
                            xsd_name(s->schema));
    }
    xmlFreeParserCtxt(parser);
    return rc;
}

/* Read, parse and survey a file; it stands last among the sources. */
static rc_t
source_add(struct compile *c, const char *file, struct xsd_file **out)
{
    struct xsd_file *s = ARENA_NEW(c->scratch, struct xsd_file), **end = &c->sources;
    struct buf text = {0};
    rc_t rc;

    while (*end)
        end = &(*end)->next;
    *end = *out = s;
    s->file = file;
    if ((rc = file_read(c, file, &text)) == RC_OK && (rc = parse(c, s, text.p, text.n)) == RC_OK)
        rc = survey(c, s->schema);
    buf_free(&text);
    return rc;
}

static bool
same_attribute(const struct compile *c, const xmlNode *x, const xmlNode *y, const char *name)
{
    const char *a = xsd_attribute(c, x, name), *b = xsd_attribute(c, y, name);

    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* A site's file may include ours without a copy: what is not beside it is in the program's folder of that name. */
static const char *
find_included(struct compile *c, const char *from, const char *name)
{
    const char *slash = strrchr(from, '/'), *folder = slash, *beside, *ours;
    size_t n = slash ? (size_t)(slash - from) + 1 : 0;

    beside = arena_printf(c->a, "%.*s%s", (int)n, from, name);
    if (!slash || !c->codes_dir || access(beside, F_OK) == 0)
        return beside;
    while (folder > from && folder[-1] != '/')
        folder--;
    ours = arena_printf(c->a, "%s/../%.*s/%s", c->codes_dir, (int)(slash - folder), folder, name);
    return access(ours, F_OK) == 0 ? ours : beside;
}

/* A file in the folder of the one that includes it, or below. */
static rc_t
include(struct compile *c, const struct xsd_file *from, const xmlNode *at)
{
    const char *where = xsd_attribute(c, at, "schemaLocation");
    struct xsd_file *s;
    unsigned count = 0;
    rc_t rc;

    if (!where || !where[0] || where[0] == '/' || strstr(where, "..") || strchr(where, ':'))
        return xsd_refuse(c, at, "xs:include of \"%s\"; name a file in this folder or below",
                          where ? where : "");
    where = find_included(c, from->file, where);
    for (s = c->sources; s; s = s->next, count++)
        if (strcmp(s->file, where) == 0)
            return RC_OK;
    if (count == SOURCES_MAX)
        return xsd_refuse(c, at, "more than %d files; join some", SOURCES_MAX);
    if ((rc = source_add(c, where, &s)) != RC_OK)
        return err_prefix(c->e, "%s:%ld", from->file, xmlGetLineNo(at));
    if (!same_attribute(c, s->schema, from->schema, "targetNamespace") ||
        !same_attribute(c, s->schema, from->schema, "elementFormDefault"))
        return xsd_refuse(c, s->schema,
                          "targetNamespace or elementFormDefault differ from those of %s",
                          from->file);
    return RC_OK;
}

rc_t
xsd_read(struct compile *c, const char *file)
{
    struct xsd_file *s;
    rc_t rc = source_add(c, file, &s);

    for (; rc == RC_OK && s; s = s->next)
        for (EACH_CHILD(n, s->schema))
            if (xsd_is(n, "include") && (rc = include(c, s, n)) != RC_OK)
                return rc;
    return rc;
}

void
xsd_add_check(struct arena *a, struct plan_type *t, const struct check *check)
{
    size_t n = 0;

    while (t->checks && t->checks[n])
        n++;

    const struct check **checks = ARENA_ARRAY(a, const struct check *, n + 2);

    if (n)
        memcpy(checks, t->checks, n * sizeof(checks[0]));
    checks[n] = check;
    t->checks = checks;
}
