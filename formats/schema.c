/*
 * schema.c - from an XSD file to a plan, in two passes over libxml2's tree: survey() refuses
 * everything outside our subset of XML Schema wherever it stands, so that the second pass, which
 * follows the root's references, may rely on shape; it resolves names, inherits facets and copies
 * what the plan needs. The tree is gone when schema_compile() returns.
 */
#include "schema.h"

#include <libxml/parser.h>
#include <libxml/xmlregexp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "codes.h"

#define XSD_NS       "http://www.w3.org/2001/XMLSchema"
#define LP_NS        "urn:landport:format"
#define FILE_MAX     ((size_t)8 << 20)
#define NODES_MAX    20000 /* references multiply: a small file can ask for a huge tree */
#define GLOBALS_MAX  5000
#define DEPTH_MAX    64
#define NUMBER_MAX   1000000
#define PATTERN_MAX  1000
#define BLANKS       " \t\r\n"
#define SOURCES_MAX  16
#define MESSAGES_MAX 32
#define TEXT_MAX     4096 /* an enumeration value, a default, a bound */

/* A type and the built-in type it comes from, which decides what facets it may have. */
struct simple {
    struct plan_type type; /* first: plan and compiler share the pointer */
    const struct builtin *from;
};

struct loaded {
    struct codes *codes;
    struct loaded *next;
};

/* The file compiled, and after it what it includes; a node's doc says of which it is. */
struct source {
    const char *file;
    xmlDocPtr doc;
    xmlNodePtr schema;
    struct source *next;
};

struct compile {
    struct arena *a;       /* the plan */
    struct arena *scratch; /* forgotten with the trees */
    const char *codes_dir, *target;
    struct source *sources;
    const xmlNode *root; /* the global element compiled */
    struct plan *plan;
    struct loaded *loaded;
    unsigned nodes;
    struct err *e;
};

/* Global declarations being compiled, innermost first: one that stands here twice never ends. */
struct frame {
    const xmlNode *decl;
    const struct frame *up;
    unsigned depth;
};

struct list {
    struct plan_node **at;
    uint32_t n, size;
};

struct qname {
    const char *ns, *local;
};

static rc_t refuse(struct compile *c, const xmlNode *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static const char *
file_of(const struct compile *c, const xmlNode *at)
{
    const struct source *s = c->sources;

    while (s->next && s->doc != at->doc)
        s = s->next;
    return s->file;
}

static rc_t
refuse(struct compile *c, const xmlNode *at, const char *format, ...)
{
    char text[768];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    return err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:%ld: %s", file_of(c, at), xmlGetLineNo(at), text);
}

/* Small things about nodes. */

static const char *
name_of(const xmlNode *n)
{
    return (const char *)n->name;
}

static bool
in_ns(const xmlNode *n, const char *ns)
{
    return n->ns && n->ns->href && strcmp((const char *)n->ns->href, ns) == 0;
}

static bool
is_xs(const xmlNode *n, const char *name)
{
    return strcmp(name_of(n), name) == 0 && in_ns(n, XSD_NS);
}

static const xmlNode *
element_from(const xmlNode *n)
{
    while (n && n->type != XML_ELEMENT_NODE)
        n = n->next;
    return n;
}

#define EACH_CHILD(child, parent)                                                                  \
    const xmlNode *child = element_from((parent)->children);                                       \
    child;                                                                                         \
    child = element_from(child->next)

static const xmlNode *
child_named(const xmlNode *parent, const char *name)
{
    for (EACH_CHILD(n, parent))
        if (is_xs(n, name))
            return n;
    return NULL;
}

/* NULL when it is not there; lives until the compiler ends. */
static const char *
attribute(const struct compile *c, const xmlNode *n, const char *name)
{
    xmlChar *value = xmlGetNoNsProp((xmlNode *)n, (const xmlChar *)name);
    const char *copy = arena_str(c->scratch, (const char *)value);

    xmlFree(value);
    return copy;
}

static bool
attribute_is(const xmlNode *n, const char *name, const char *value)
{
    xmlChar *its = xmlGetNoNsProp((xmlNode *)n, (const xmlChar *)name);
    bool same = its && strcmp((const char *)its, value) == 0;

    xmlFree(its);
    return same;
}

/* Is word one of the words of list, which single blanks part? */
static bool
word_in(const char *list, const char *word)
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
        if (word_in(refusals[i].names, name))
            return refusals[i].instead;
    return "take it out";
}

static const struct known *
known_find(const xmlNode *n)
{
    for (size_t i = 0; i < sizeof(known_elements) / sizeof(known_elements[0]); i++)
        if (word_in(known_elements[i].name, name_of(n)))
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
        if (!word_in(known->attributes, name))
            return refuse(c, n, "attribute %s of xs:%s is not supported; %s", name, name_of(n),
                          instead_of(name));
        value = attribute(c, n, name);
        if (word_in("nillable mixed", name) && !word_in("false 0", value))
            return refuse(c, n, "%s=\"%s\" is not supported; take it out", name, value);
        if (strcmp(name, "attributeFormDefault") == 0 && strcmp(value, "unqualified") != 0)
            return refuse(c, n,
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
        if (in_ns(n, LP_NS) && !word_in("element attribute simpleType", name_of(owner)))
            return refuse(c, n,
                          "lp:%s has no effect at xs:%s; put it at an element, an attribute "
                          "or a simpleType",
                          name_of(n), name_of(owner));
    return RC_OK;
}

static rc_t
survey(struct compile *c, const xmlNode *n)
{
    const struct known *known = known_find(n);
    rc_t rc;

    if (!known)
        return refuse(c, n, "xs:%s is not supported; %s", name_of(n), instead_of(name_of(n)));
    if ((rc = survey_attributes(c, n, known)) != RC_OK)
        return rc;
    for (EACH_CHILD(child, n)) {
        if (!in_ns(child, XSD_NS))
            return refuse(c, child, "element %s is not of XML Schema; take it out", name_of(child));
        if (!word_in(known->children, name_of(child)))
            return refuse(c, child, "xs:%s in xs:%s is not supported; %s", name_of(child),
                          name_of(n), instead_of(name_of(child)));
        if (is_xs(child, "documentation"))
            continue;
        rc = is_xs(child, "appinfo") ? survey_appinfo(c, child) : survey(c, child);
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

/* Names. */

static const xmlNode *
global_find(const struct compile *c, const char *kind, const char *name)
{
    for (const struct source *s = c->sources; s; s = s->next)
        for (EACH_CHILD(n, s->schema))
            if (is_xs(n, kind) && attribute_is(n, "name", name))
                return n;
    return NULL;
}

static rc_t
survey_global(struct compile *c, const xmlNode *n)
{
    const char *kind = name_of(n), *name = attribute(c, n, "name");
    const xmlNode *other;

    if (!name || !name[0])
        return refuse(c, n, "global xs:%s without a name; give it one", kind);
    other = global_find(c, kind, name);
    if (other == n && is_xs(n, "complexType"))
        other = global_find(c, "simpleType", name);
    if (!other || other == n)
        return RC_OK;
    return refuse(c, n, "%s is defined in line %ld%s%s too; rename one", name, xmlGetLineNo(other),
                  other->doc == n->doc ? "" : " of ",
                  other->doc == n->doc ? "" : file_of(c, other));
}

/* Globals have a name and no other of their kind has it; types share one room of names. */
static rc_t
survey_globals(struct compile *c)
{
    unsigned count = 0;
    rc_t rc;

    for (const struct source *s = c->sources; s; s = s->next)
        for (EACH_CHILD(n, s->schema)) {
            if (!word_in("element simpleType complexType", name_of(n)))
                continue;
            if (++count > GLOBALS_MAX)
                return refuse(c, n, "more than %d global declarations; split the file",
                              GLOBALS_MAX);
            if ((rc = survey_global(c, n)) != RC_OK)
                return rc;
        }
    return RC_OK;
}

static rc_t
resolve(struct compile *c, const xmlNode *at, const char *text, struct qname *q)
{
    const char *colon = strchr(text, ':');
    char *prefix = colon ? arena_strn(c->scratch, text, (size_t)(colon - text)) : NULL;
    xmlNsPtr ns = xmlSearchNs(at->doc, (xmlNode *)at, (const xmlChar *)prefix);

    if (prefix && !ns)
        return refuse(c, at, "prefix %s is not bound; declare it in xs:schema", prefix);
    q->ns = ns && ns->href ? (const char *)ns->href : "";
    q->local = colon ? colon + 1 : text;
    return RC_OK;
}

static bool
is_imported(const xmlNode *at, const char *ns)
{
    for (EACH_CHILD(n, xmlDocGetRootElement(at->doc)))
        if (is_xs(n, "import") && attribute_is(n, "namespace", ns))
            return true;
    return false;
}

static bool
is_upper(char ch)
{
    return ch >= 'A' && ch <= 'Z';
}

static bool
is_small(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9');
}

const char *
schema_column(struct arena *a, const char *name)
{
    char *out = arena_alloc(a, 2 * strlen(name) + 1), *to = out;

    for (const char *p = name; *p; p++) {
        bool starts_word = p > name && is_upper(*p) &&
                           (is_small(p[-1]) || (is_upper(p[-1]) && p[1] >= 'a' && p[1] <= 'z'));

        if (starts_word)
            *to++ = '_';
        *to++ = is_upper(*p) ? (char)(*p - 'A' + 'a') : *p == '-' || *p == '.' ? '_' : *p;
    }
    return out;
}

/* Titles. */

/* The text up to its first line end, and with `short_form` up to the first - or 。, trimmed. */
static const char *
first_words(struct arena *a, const char *text, bool short_form)
{
    struct span s = span_trim(span_of(text));
    size_t n = strcspn(s.p, short_form ? "\r\n-" : "\r\n");
    const char *stop = short_form ? strstr(s.p, "。") : NULL;

    if (stop && (size_t)(stop - s.p) < n)
        n = (size_t)(stop - s.p);
    return arena_span(a, span_trim((struct span){s.p, n < s.n ? n : s.n}));
}

/* What follows the title in its line. */
static const char *
further_words(struct arena *a, const char *text)
{
    struct span s = span_trim(span_of(text));
    size_t line = strcspn(s.p, "\r\n"), title = strcspn(s.p, "\r\n-");

    if (title == line)
        return "";
    return arena_span(a, span_trim((struct span){s.p + title + 1, line - title - 1}));
}

/* Fill what is still empty from the documentation of a declaration; `hint` goes with `zh`. */
static void
titles(struct compile *c, const xmlNode *decl, const char **zh, const char **hint, const char **en)
{
    const xmlNode *annotation = child_named(decl, "annotation");

    if (!annotation)
        return;
    for (EACH_CHILD(n, annotation)) {
        if (!is_xs(n, "documentation"))
            continue;
        xmlChar *lang = xmlGetNsProp((xmlNode *)n, (const xmlChar *)"lang", XML_XML_NAMESPACE);
        xmlChar *text = xmlNodeGetContent(n);
        bool english = lang && strncmp((const char *)lang, "en", 2) == 0;
        const char **to = english ? en : zh;

        if (text && to && !(*to)[0]) {
            *to = first_words(c->a, (const char *)text, !english);
            if (hint && !english)
                *hint = further_words(c->a, (const char *)text);
        }
        xmlFree(text);
        xmlFree(lang);
    }
}

/* Simple types. */

enum { FOR_TEXT = 1, FOR_OPAQUE = 2, FOR_DECIMAL = 4, FOR_INTEGER = 8, FOR_BOOLEAN = 16 };
#define FOR_NUMBER (FOR_DECIMAL | FOR_INTEGER)
#define FOR_VALUES (FOR_TEXT | FOR_OPAQUE | FOR_NUMBER)

/* `facets` says which facets make sense; text whose length XML Schema counts in bytes is opaque. */
/* clang-format off */
static const struct builtin {
    const char *name;
    enum plan_base base;
    enum plan_space space;
    unsigned facets;
    const char *min, *max;
    const char *check;
} builtins[] = {
    {"string", PLAN_STRING, PLAN_PRESERVE, FOR_TEXT, NULL, NULL, NULL},
    {"normalizedString", PLAN_STRING, PLAN_REPLACE, FOR_TEXT, NULL, NULL, NULL},
    {"token", PLAN_STRING, PLAN_COLLAPSE, FOR_TEXT, NULL, NULL, NULL},
    {"anyURI", PLAN_STRING, PLAN_COLLAPSE, FOR_TEXT, NULL, NULL, NULL},
    {"ID", PLAN_STRING, PLAN_COLLAPSE, FOR_TEXT, NULL, NULL, NULL},
    {"base64Binary", PLAN_STRING, PLAN_COLLAPSE, FOR_OPAQUE, NULL, NULL, NULL},
    {"date", PLAN_STRING, PLAN_COLLAPSE, FOR_OPAQUE, NULL, NULL, "xs-date"},
    {"dateTime", PLAN_STRING, PLAN_COLLAPSE, FOR_OPAQUE, NULL, NULL, "xs-datetime"},
    {"boolean", PLAN_BOOLEAN, PLAN_COLLAPSE, FOR_BOOLEAN, NULL, NULL, NULL},
    {"decimal", PLAN_DECIMAL, PLAN_COLLAPSE, FOR_DECIMAL, NULL, NULL, NULL},
    {"integer", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, NULL, NULL, NULL},
    {"positiveInteger", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "1", NULL, NULL},
    {"nonNegativeInteger", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "0", NULL, NULL},
    {"long", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "-9223372036854775808",
     "9223372036854775807", NULL},
    {"int", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "-2147483648", "2147483647", NULL},
    {"short", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "-32768", "32767", NULL},
    {"byte", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "-128", "127", NULL},
    {"unsignedLong", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "0", "18446744073709551615", NULL},
    {"unsignedInt", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "0", "4294967295", NULL},
    {"unsignedShort", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "0", "65535", NULL},
    {"unsignedByte", PLAN_INTEGER, PLAN_COLLAPSE, FOR_INTEGER, "0", "255", NULL},
};
/* clang-format on */

static void
check_add(struct arena *a, struct plan_type *t, const struct check *check)
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

static rc_t
builtin_type(struct compile *c, const xmlNode *at, const char *name, struct simple **out)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
        const struct builtin *b = &builtins[i];

        if (strcmp(b->name, name) != 0)
            continue;
        *out = ARENA_NEW(c->a, struct simple);
        (*out)->from = b;
        (*out)->type = (struct plan_type){
            .base = b->base,
            .space = b->space,
            .length = -1,
            .min_length = -1,
            .max_length = -1,
            .total_digits = -1,
            .fraction_digits = -1,
            .min = b->min,
            .max = b->max,
        };
        if (b->check)
            check_add(c->a, &(*out)->type, check_find(b->check));
        return RC_OK;
    }
    return refuse(c, at, "type xs:%s is not supported; write xs:string or xs:decimal", name);
}

static bool
is_good(struct compile *c, const struct plan_type *t, const char *value, const char **normal)
{
    struct finding f;
    struct span out;
    size_t n = strlen(value);

    if (n > TEXT_MAX ||
        !check_value(t, (struct span){value, n}, arena_alloc(c->scratch, n + 1), &out, &f))
        return false;
    *normal = arena_span(c->a, out);
    return true;
}

/* Facets: each setter may only narrow what the base allows. */

struct restriction {
    struct compile *c;
    const struct plan_type *base;
    struct plan_type *type;
    const xmlNode *node;
    unsigned kind; /* FOR_… of the built-in type */
};

struct facet {
    const char *name;
    unsigned facets;
    rc_t (*set)(struct restriction *r, const struct facet *facet, const xmlNode *at,
                const char *value);
    size_t field;
    int direction; /* of a count: 1 the base's is a floor, -1 a ceiling, 0 must be the same */
    bool many;
};

static rc_t
set_count(struct restriction *r, const struct facet *facet, const xmlNode *at, const char *value)
{
    int32_t *field = (int32_t *)(void *)((char *)r->type + facet->field), old = *field;
    char *end;
    long n = strtol(value, &end, 10);

    if (value[0] < '0' || value[0] > '9' || *end || n > NUMBER_MAX)
        return refuse(r->c, at, "%s \"%s\" must be a whole number up to %d", facet->name, value,
                      NUMBER_MAX);
    if (strcmp(facet->name, "totalDigits") == 0 && n == 0)
        return refuse(r->c, at, "totalDigits must be at least 1");
    if (strcmp(facet->name, "fractionDigits") == 0 && n > 0 && r->kind == FOR_INTEGER)
        return refuse(r->c, at, "fractionDigits of an integer must be 0");
    if (old >= 0 && (n - old) * facet->direction < 0)
        return refuse(r->c, at, "%s %ld is wider than %d of its base type", facet->name, n, old);
    if (old >= 0 && facet->direction == 0 && n != old)
        return refuse(r->c, at, "%s %ld differs from %d of its base type", facet->name, n, old);
    *field = (int32_t)n;
    return RC_OK;
}

static rc_t
set_bound(struct restriction *r, const struct facet *facet, const xmlNode *at, const char *value)
{
    bool is_min = facet->name[1] == 'i', exclusive = strstr(facet->name, "Exclusive") != NULL;
    const char *normal, *other = is_min ? "minInclusive" : "maxInclusive";

    if (exclusive && child_named(r->node, other))
        return refuse(r->c, at, "%s and %s exclude each other; take one out", facet->name, other);
    if (!is_good(r->c, r->base, value, &normal))
        return refuse(r->c, at, "%s \"%s\" is not a value of the base type", facet->name, value);
    if (is_min) {
        r->type->min = normal;
        r->type->min_exclusive = exclusive;
    } else {
        r->type->max = normal;
        r->type->max_exclusive = exclusive;
    }
    return RC_OK;
}

static rc_t
set_space(struct restriction *r, const struct facet *facet, const xmlNode *at, const char *value)
{
    static const char *const names[] = {"preserve", "replace", "collapse"};

    (void)facet;
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(value, names[i]) == 0) {
            if (i < (unsigned)r->base->space)
                return refuse(r->c, at, "whiteSpace %s is weaker than %s of its base type", value,
                              names[r->base->space]);
            r->type->space = (enum plan_space)i;
            return RC_OK;
        }
    return refuse(r->c, at, "whiteSpace \"%s\" must be preserve, replace or collapse", value);
}

static size_t
children_named(const xmlNode *parent, const char *name)
{
    size_t n = 0;

    for (EACH_CHILD(child, parent))
        n += is_xs(child, name);
    return n;
}

/* Called at the first enumeration of a restriction; takes all of them. */
static rc_t
set_values(struct restriction *r, const struct facet *facet, const xmlNode *at, const char *value)
{
    const char **values;
    size_t n = 0;

    if (child_named(r->node, facet->name) != at)
        return RC_OK;
    values = ARENA_ARRAY(r->c->a, const char *, children_named(r->node, facet->name) + 1);
    for (EACH_CHILD(child, r->node)) {
        if (!is_xs(child, facet->name))
            continue;
        if (!(value = attribute(r->c, child, "value")))
            return refuse(r->c, child, "enumeration without value; give it one");
        if (!is_good(r->c, r->base, value, &values[n]))
            return refuse(r->c, child, "enumeration value \"%s\" is not a value of the base type",
                          value);
        n++;
    }
    r->type->values = values;
    return RC_OK;
}

static void
free_regexp(void *p)
{
    xmlRegFreeRegexp(p);
}

static void
say_nothing(void *ctx, xmlErrorPtr error)
{
    (void)ctx;
    (void)error;
}

/* libxml2 tells of a bad expression on standard error, where only our own lines belong. */
static xmlRegexpPtr
regexp_compile(const char *pattern)
{
    xmlStructuredErrorFunc handler = xmlStructuredError;
    void *ctx = xmlStructuredErrorContext;
    xmlRegexpPtr regexp;

    xmlSetStructuredErrorFunc(NULL, say_nothing);
    regexp = xmlRegexpCompile((const xmlChar *)pattern);
    xmlSetStructuredErrorFunc(ctx, handler);
    return regexp;
}

/* The patterns of one restriction are alternatives; with those of its base each must match. */
static const char *
alternatives(struct restriction *r, const char *facet)
{
    char *all = NULL;
    size_t count = children_named(r->node, facet);

    for (EACH_CHILD(n, r->node)) {
        const char *value = is_xs(n, facet) ? attribute(r->c, n, "value") : NULL;

        if (!value)
            continue;
        if (count == 1)
            return arena_str(r->c->a, value);
        all = all ? arena_printf(r->c->a, "%s|(%s)", all, value)
                  : arena_printf(r->c->a, "(%s)", value);
    }
    return all;
}

static void
pattern_add(struct arena *a, struct plan_type *t, const char *pattern, xmlRegexpPtr regexp)
{
    size_t n = 0;

    while (t->patterns && t->patterns[n])
        n++;

    const char **patterns = ARENA_ARRAY(a, const char *, n + 2);
    void **compiled = ARENA_ARRAY(a, void *, n + 2);

    for (size_t i = 0; i < n; i++) {
        patterns[i] = t->patterns[i];
        compiled[i] = t->compiled[i];
    }
    patterns[n] = pattern;
    compiled[n] = regexp;
    t->patterns = patterns;
    t->compiled = compiled;
    arena_defer(a, free_regexp, regexp);
}

static rc_t
set_pattern(struct restriction *r, const struct facet *facet, const xmlNode *at, const char *value)
{
    xmlRegexpPtr regexp;

    if (strlen(value) > PATTERN_MAX)
        return refuse(r->c, at, "pattern longer than %d bytes; shorten it", PATTERN_MAX);
    if (!(regexp = regexp_compile(value)))
        return refuse(r->c, at, "pattern \"%s\" is not a regular expression of XML Schema", value);
    xmlRegFreeRegexp(regexp);
    for (const xmlNode *n = at; (n = element_from(n->next));)
        if (is_xs(n, facet->name))
            return RC_OK; /* joined when each is known to be good */
    value = alternatives(r, facet->name);
    if (strlen(value) > TEXT_MAX || !(regexp = regexp_compile(value)))
        return refuse(r->c, at, "these patterns together are too long; shorten them");
    pattern_add(r->c->a, r->type, value, regexp);
    return RC_OK;
}

#define COUNT(member) set_count, offsetof(struct plan_type, member)

/* clang-format off */
static const struct facet facets[] = {
    {"length",         FOR_TEXT,                 COUNT(length),          0,  false},
    {"minLength",      FOR_TEXT,                 COUNT(min_length),      1,  false},
    {"maxLength",      FOR_TEXT,                 COUNT(max_length),      -1, false},
    {"totalDigits",    FOR_NUMBER,               COUNT(total_digits),    -1, false},
    {"fractionDigits", FOR_NUMBER,               COUNT(fraction_digits), -1, false},
    {"minInclusive",   FOR_NUMBER,               set_bound, 0,           0,  false},
    {"maxInclusive",   FOR_NUMBER,               set_bound, 0,           0,  false},
    {"minExclusive",   FOR_NUMBER,               set_bound, 0,           0,  false},
    {"maxExclusive",   FOR_NUMBER,               set_bound, 0,           0,  false},
    {"whiteSpace",     FOR_VALUES | FOR_BOOLEAN, set_space, 0,           0,  false},
    {"enumeration",    FOR_VALUES,               set_values, 0,          0,  true },
    {"pattern",        FOR_VALUES | FOR_BOOLEAN, set_pattern, 0,         0,  true },
};
/* clang-format on */

static rc_t
set_facet(struct restriction *r, const xmlNode *at, const char *base_name)
{
    const struct facet *facet = facets;
    const char *value = attribute(r->c, at, "value");

    while (strcmp(facet->name, name_of(at)) != 0)
        facet++; /* survey() let no other pass */
    if (!(facet->facets & r->kind))
        return refuse(r->c, at, "%s makes no sense for xs:%s; take it out", facet->name, base_name);
    if (!value)
        return refuse(r->c, at, "%s without value; give it one", facet->name);
    if (!facet->many && child_named(r->node, facet->name) != at)
        return refuse(r->c, at, "%s stands twice; take one out", facet->name);
    return facet->set(r, facet, at, value);
}

/* Facets that no value can satisfy together. */
static rc_t
consistent(struct restriction *r)
{
    const struct plan_type *t = r->type;

    if (t->max_length >= 0 && t->min_length > t->max_length)
        return refuse(r->c, r->node, "minLength is above maxLength; correct one");
    if (t->length >= 0 &&
        (t->length < t->min_length || (t->max_length >= 0 && t->length > t->max_length)))
        return refuse(r->c, r->node, "length is outside minLength and maxLength; correct one");
    if (t->total_digits >= 0 && t->fraction_digits > t->total_digits)
        return refuse(r->c, r->node, "fractionDigits is above totalDigits; correct one");
    if (t->min && t->max) {
        int order = check_compare(span_of(t->min), span_of(t->max));

        if (order > 0 || (order == 0 && (t->min_exclusive || t->max_exclusive)))
            return refuse(r->c, r->node, "the smallest value is above the largest; correct one");
    }
    return RC_OK;
}

static rc_t apply_remarks(struct compile *c, const xmlNode *decl, struct simple **type,
                          struct plan_node *node);
static rc_t simple_named(struct compile *c, const xmlNode *at, const char *name,
                         struct simple **out);

/* A named type is compiled once; its node remembers it, or that it is being compiled. */
static struct simple in_work;

static rc_t
simple_compile(struct compile *c, const xmlNode *decl, struct simple **out)
{
    const xmlNode *restriction = child_named(decl, "restriction");
    const char *base_name = restriction ? attribute(c, restriction, "base") : NULL;
    const xmlNode *inner = restriction ? child_named(restriction, "simpleType") : NULL;
    struct simple *base, *made;
    rc_t rc;

    if (!restriction || (base_name != NULL) == (inner != NULL))
        return refuse(c, restriction ? restriction : decl,
                      "a simpleType needs one xs:restriction with one base");
    rc = inner ? simple_compile(c, inner, &base) : simple_named(c, restriction, base_name, &base);
    if (rc != RC_OK)
        return rc;
    made = ARENA_NEW(c->a, struct simple);
    *made = *base;

    struct restriction r = {c, &base->type, &made->type, restriction, base->from->facets};

    for (EACH_CHILD(n, restriction))
        if (!word_in("annotation simpleType", name_of(n)) &&
            (rc = set_facet(&r, n, base->from->name)) != RC_OK)
            return rc;
    if ((rc = consistent(&r)) != RC_OK)
        return rc;
    *out = made;
    return apply_remarks(c, decl, out, NULL);
}

static rc_t
simple_global(struct compile *c, const xmlNode *at, xmlNode *decl, const char *name,
              struct simple **out)
{
    rc_t rc;

    if (decl->_private == &in_work)
        return refuse(c, at, "type %s is derived from itself; break the circle", name);
    if (decl->_private) {
        *out = decl->_private;
        return RC_OK;
    }
    decl->_private = &in_work;
    rc = simple_compile(c, decl, out);
    decl->_private = rc == RC_OK ? *out : NULL;
    return rc;
}

static rc_t
simple_named(struct compile *c, const xmlNode *at, const char *name, struct simple **out)
{
    struct qname q;
    rc_t rc = resolve(c, at, name, &q);

    if (rc != RC_OK)
        return rc;
    if (strcmp(q.ns, XSD_NS) == 0)
        return builtin_type(c, at, q.local, out);

    const xmlNode *decl =
        strcmp(q.ns, c->target) == 0 ? global_find(c, "simpleType", q.local) : NULL;

    if (!decl)
        return refuse(c, at, "simple type %s is not defined in this file; define it", name);
    return simple_global(c, at, (xmlNode *)decl, name, out);
}

/* Ours: the elements of urn:landport:format. */

struct remark {
    struct compile *c;
    const xmlNode *at;
    struct simple **type;
    struct plan_node *node; /* NULL: at an attribute or a simpleType */
};

/* A type belongs to all who name it; what a remark adds is one declaration's own. */
static struct plan_type *
own_type(const struct remark *r)
{
    struct simple *copy = ARENA_NEW(r->c->a, struct simple);

    *copy = **r->type;
    *r->type = copy;
    return &copy->type;
}

static rc_t
remark_check(const struct remark *r)
{
    const char *name = attribute(r->c, r->at, "name");
    const struct check *check = name ? check_find(name) : NULL;

    if (!check)
        return refuse(r->c, r->at, "there is no check \"%s\"; see the table in formats/check.c",
                      name ? name : "");
    check_add(r->c->a, own_type(r), check);
    return RC_OK;
}

static rc_t
remark_codes(const struct remark *r)
{
    struct compile *c = r->c;
    const char *table = attribute(c, r->at, "table");
    struct loaded *l = c->loaded;
    rc_t rc;

    if ((*r->type)->type.codes)
        return refuse(c, r->at, "a second code table; take one out");
    if (!table || !c->codes_dir)
        return refuse(c, r->at, "code table \"%s\" has no folder or no name", table ? table : "");
    while (l && strcmp(codes_name(l->codes), table) != 0)
        l = l->next;
    if (!l) {
        l = ARENA_NEW(c->scratch, struct loaded);
        if ((rc = codes_load(&l->codes, c->a, c->codes_dir, table, c->e)) != RC_OK)
            return err_prefix(c->e, "%s:%ld", file_of(c, r->at), xmlGetLineNo(r->at));
        l->next = c->loaded;
        c->loaded = l;
    }

    struct plan_type *type = own_type(r);

    type->codes = l->codes;
    type->day = c->plan->day;
    return RC_OK;
}

static rc_t
remark_key(const struct remark *r)
{
    r->node->key = true;
    r->node->key_else = arena_str(r->c->a, attribute(r->c, r->at, "else"));
    return RC_OK;
}

static rc_t
remark_trade(const struct remark *r)
{
    r->node->trade = true;
    r->node->trade_unless = arena_str(r->c->a, attribute(r->c, r->at, "unless"));
    r->node->trade_else = arena_str(r->c->a, attribute(r->c, r->at, "else"));
    return RC_OK;
}

static rc_t
remark_rule(const struct remark *r)
{
    r->node->rule = true;
    return RC_OK;
}

static rc_t
remark_control(const struct remark *r)
{
    r->node->control = true;
    return RC_OK;
}

static rc_t
remark_personal(const struct remark *r)
{
    const char *stored = attribute(r->c, r->at, "stored");

    if (stored && strcmp(stored, "no") != 0)
        return refuse(r->c, r->at, "stored=\"%s\" of lp:personal; only \"no\" is said", stored);
    r->node->personal = true;
    r->node->sealed = !stored;
    return RC_OK;
}

static rc_t
remark_payload(const struct remark *r)
{
    r->node->payload = true;
    return RC_OK;
}

/* Held against the type when all remarks are read: a check may follow. */
static rc_t
remark_example(const struct remark *r)
{
    if (!(r->node->example = arena_str(r->c->a, attribute(r->c, r->at, "value"))))
        return refuse(r->c, r->at, "lp:example needs a value");
    r->node->counts = attribute(r->c, r->at, "counts") != NULL;
    return RC_OK;
}

static rc_t
remark_line(const struct remark *r)
{
    r->node->line_part = true;
    return RC_OK;
}

static rc_t
remark_feed(const struct remark *r)
{
    struct plan *plan = r->c->plan;

    if (r->at->parent->parent->parent != r->c->root)
        return refuse(r->c, r->at, "lp:feed belongs to the root element");
    plan->feed = arena_str(r->c->a, attribute(r->c, r->at, "name"));
    plan->feed_title = arena_str(r->c->a, attribute(r->c, r->at, "title"));
    plan->rows_table = arena_str(r->c->a, attribute(r->c, r->at, "table"));
    plan->lines_table = arena_str(r->c->a, attribute(r->c, r->at, "lines"));
    if (!plan->feed || !plan->feed[0])
        return refuse(r->c, r->at, "lp:feed without a name; give it one");
    plan->rows = arena_str(r->c->a, attribute(r->c, r->at, "rows"));
    if (!plan->rows)
        plan->rows = plan->feed;
    return RC_OK;
}

/* A column of the feed at hand, whose amounts are numbers if it is to be added up. */
static rc_t
totals_column(const struct remark *r, const char *key, bool number, const struct plan_node **out)
{
    const char *name = attribute(r->c, r->at, key);

    for (uint32_t i = 0; name && i < r->node->child_count; i++) {
        const struct plan_node *n = r->node->children[i];
        if (n->type && strcmp(n->name, name) == 0)
            *out = n;
    }
    if (name && !*out)
        return refuse(r->c, r->at, "%s \"%s\" is none of %s", key, name, r->node->name);
    if (*out && number && (*out)->type->base != PLAN_DECIMAL && (*out)->type->base != PLAN_INTEGER)
        return refuse(r->c, r->at, "%s \"%s\" is no number", key, name);
    return RC_OK;
}

static rc_t
remark_totals(const struct remark *r)
{
    struct plan *plan = r->c->plan;
    const char *marks = attribute(r->c, r->at, "trailers");
    uint32_t count = 0;
    rc_t rc;

    if (r->at->parent->parent->parent != r->c->root)
        return refuse(r->c, r->at, "lp:totals belongs to the root element");
    if ((rc = totals_column(r, "amount", true, &plan->amount)) != RC_OK ||
        (rc = totals_column(r, "currency", false, &plan->currency)) != RC_OK)
        return rc;
    if (plan->currency && !plan->amount)
        return refuse(r->c, r->at, "lp:totals with a currency and without an amount");
    plan->trailers = ARENA_ARRAY(r->c->a, const char *, marks ? strlen(marks) / 2 + 2 : 1);
    for (size_t n; marks && *(marks += strspn(marks, BLANKS)); marks += n) {
        n = strcspn(marks, BLANKS);
        plan->trailers[count++] = arena_strn(r->c->a, marks, n);
    }
    return RC_OK;
}

static rc_t
own_attributes(struct compile *c, const xmlNode *at, const char *allowed)
{
    for (const xmlAttr *p = at->properties; p; p = p->next)
        if (!word_in(allowed, (const char *)p->name))
            return refuse(c, at, "lp:%s has no attribute %s", name_of(at), (const char *)p->name);
    return RC_OK;
}

static rc_t
message_map(const struct remark *r, const xmlNode *at, struct plan_map *to)
{
    const char *element = attribute(r->c, at, "element"), *column = attribute(r->c, at, "column");
    const char *value = attribute(r->c, at, "value");
    rc_t rc;

    if (!in_ns(at, LP_NS) || strcmp(name_of(at), "map") != 0)
        return refuse(r->c, at, "%s in lp:message is not known; only lp:map", name_of(at));
    if ((rc = own_attributes(r->c, at, "element column value")) != RC_OK)
        return rc;
    if (!value == !(element && element[0]) || (value && !column))
        return refuse(r->c, at, "lp:map needs the element it is about, or column and value");
    to->element = arena_str(r->c->a, element);
    to->value = arena_str(r->c->a, value);
    if (!column)
        return RC_OK;
    for (uint32_t i = 0; i < r->node->child_count; i++)
        if (r->node->children[i]->type && strcmp(r->node->children[i]->name, column) == 0)
            to->column = r->node->children[i]->name;
    return to->column ? RC_OK
                      : refuse(r->c, at, "column \"%s\" is none of %s", column, r->node->name);
}

static struct plan_message *
message_add(struct compile *c)
{
    struct plan *plan = c->plan;
    struct plan_message *grown =
        ARENA_ARRAY(c->a, struct plan_message, (size_t)plan->message_count + 1);

    if (plan->message_count)
        memcpy(grown, plan->messages, plan->message_count * sizeof(*grown));
    plan->messages = grown;
    return &grown[plan->message_count++];
}

static rc_t
remark_message(const struct remark *r)
{
    struct compile *c = r->c;
    struct plan_message *m;
    rc_t rc;

    if (r->at->parent->parent->parent != c->root)
        return refuse(c, r->at, "lp:message belongs to the root element");
    if (c->plan->message_count == MESSAGES_MAX)
        return refuse(c, r->at, "more than %d of lp:message", MESSAGES_MAX);
    m = message_add(c);
    m->format = arena_str(c->a, attribute(c, r->at, "format"));
    m->document = arena_str(c->a, attribute(c, r->at, "document"));
    m->head = arena_str(c->a, attribute(c, r->at, "head"));
    m->lines = arena_str(c->a, attribute(c, r->at, "lines"));
    m->answers = arena_str(c->a, attribute(c, r->at, "answers"));
    m->loose = attribute(c, r->at, "loose") != NULL;
    if (!m->format || !m->format[0] || !m->document || !m->document[0])
        return refuse(c, r->at, "lp:message needs format and document");
    for (EACH_CHILD(n, r->at))
        m->map_count++;
    m->maps = ARENA_ARRAY(c->a, struct plan_map, m->map_count);
    m->map_count = 0;
    for (EACH_CHILD(n, r->at))
        if ((rc = message_map(r, n, &m->maps[m->map_count++])) != RC_OK)
            return rc;
    return RC_OK;
}

static rc_t
remark_envelope(const struct remark *r)
{
    struct plan *plan = r->c->plan;
    const char **all = ARENA_ARRAY(r->c->a, const char *, (size_t)plan->envelope_count + 1);
    const char *format = attribute(r->c, r->at, "format");

    if (r->at->parent->parent->parent != r->c->root)
        return refuse(r->c, r->at, "lp:envelope belongs to the root element");
    if (!format || !format[0])
        return refuse(r->c, r->at, "lp:envelope needs a format");
    if (plan->envelope_count)
        memcpy(all, plan->envelopes, plan->envelope_count * sizeof(*all));
    all[plan->envelope_count++] = arena_str(r->c->a, format);
    plan->envelopes = all;
    return RC_OK;
}

static rc_t
remark_speaker(const struct remark *r)
{
    struct plan_node *n = r->node;
    struct plan_speaker *all =
        ARENA_ARRAY(r->c->a, struct plan_speaker, (size_t)n->speaker_count + 1);
    const char *role = attribute(r->c, r->at, "role");

    if (!role || !role[0])
        return refuse(r->c, r->at, "lp:speaker without a role; name the partners' role");
    if (n->speaker_count)
        memcpy(all, n->speakers, n->speaker_count * sizeof(*all));
    all[n->speaker_count++] = (struct plan_speaker){
        arena_str(r->c->a, role), arena_str(r->c->a, attribute(r->c, r->at, "unless"))};
    n->speakers = all;
    return RC_OK;
}

static const struct {
    const char *name, *attributes;
    bool needs_type, needs_element;
    rc_t (*apply)(const struct remark *r);
} remarks[] = {
    {"check",    "name",                                     true,  false, remark_check   },
    {"codes",    "table",                                    true,  false, remark_codes   },
    {"control",  "",                                         true,  true,  remark_control },
    {"envelope", "format",                                   false, true,  remark_envelope},
    {"example",  "value counts",                             true,  true,  remark_example },
    {"feed",     "name title rows table lines",              false, true,  remark_feed    },
    {"key",      "else",                                     true,  true,  remark_key     },
    {"line",     "",                                         true,  true,  remark_line    },
    {"message",  "format document head lines loose answers", false, true,  remark_message },
    {"payload",  "",                                         true,  true,  remark_payload },
    {"personal", "stored",                                   true,  true,  remark_personal},
    {"rule",     "",                                         true,  true,  remark_rule    },
    {"speaker",  "role unless",                              true,  true,  remark_speaker },
    {"totals",   "amount currency trailers",                 false, true,  remark_totals  },
    {"trade",    "unless else",                              true,  true,  remark_trade   },
};

static rc_t
apply_remark(const struct remark *r)
{
    const char *name = name_of(r->at);
    rc_t rc;

    for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
        if (strcmp(remarks[i].name, name) != 0)
            continue;
        if ((rc = own_attributes(r->c, r->at, remarks[i].attributes)) != RC_OK)
            return rc;
        if (remarks[i].needs_element && !r->node)
            return refuse(r->c, r->at, "lp:%s belongs to an element", name);
        if (remarks[i].needs_type && !*r->type)
            return refuse(r->c, r->at, "lp:%s belongs to an element with a simple type", name);
        return remarks[i].apply(r);
    }
    return refuse(r->c, r->at,
                  "lp:%s is not known; check, codes, control, example, feed, key, line, message, "
                  "payload, personal, rule, speaker, totals or trade",
                  name);
}

static rc_t
apply_remarks(struct compile *c, const xmlNode *decl, struct simple **type, struct plan_node *node)
{
    const xmlNode *annotation = child_named(decl, "annotation");
    rc_t rc;

    if (!annotation)
        return RC_OK;
    for (EACH_CHILD(appinfo, annotation)) {
        if (!is_xs(appinfo, "appinfo"))
            continue;
        for (EACH_CHILD(n, appinfo)) {
            struct remark r = {c, n, type, node};

            if (in_ns(n, LP_NS) && (rc = apply_remark(&r)) != RC_OK)
                return rc;
        }
    }
    return RC_OK;
}

/* Defaults and attributes. */

static rc_t
given_value(struct compile *c, const xmlNode *decl, const char *which, const struct plan_type *t,
            const char **out)
{
    const char *value = attribute(c, decl, which);

    if (!value)
        return RC_OK;
    if (!t)
        return refuse(c, decl, "%s belongs to an element with a simple type", which);
    if (!is_good(c, t, value, out))
        return refuse(c, decl, "%s \"%s\" is not a value of the type", which, value);
    return RC_OK;
}

static rc_t
given_values(struct compile *c, const xmlNode *decl, const struct plan_type *t, const char **fixed,
             const char **dflt)
{
    rc_t rc = given_value(c, decl, "fixed", t, fixed);

    if (rc == RC_OK)
        rc = given_value(c, decl, "default", t, dflt);
    if (rc == RC_OK && *fixed && *dflt)
        return refuse(c, decl, "default and fixed exclude each other; take one out");
    return rc;
}

static rc_t
good_example(struct compile *c, const xmlNode *decl, struct plan_node *node)
{
    if (node->example && !is_good(c, node->type, node->example, &node->example))
        return refuse(c, decl, "example \"%s\" is not a value of the type", node->example);
    return RC_OK;
}

/* The simple type a declaration has, by name or written inside it; none said is xs:string. */
static rc_t
declared_type(struct compile *c, const xmlNode *decl, struct simple **out)
{
    const char *name = attribute(c, decl, "type");
    const xmlNode *inner = child_named(decl, "simpleType");

    if (name)
        return simple_named(c, decl, name, out);
    return inner ? simple_compile(c, inner, out) : builtin_type(c, decl, "string", out);
}

static rc_t
attribute_compile(struct compile *c, const xmlNode *decl, struct plan_attribute *to)
{
    const char *use = attribute(c, decl, "use");
    struct simple *type = NULL;
    rc_t rc;

    to->name = arena_str(c->a, attribute(c, decl, "name"));
    if (!to->name || !to->name[0])
        return refuse(c, decl, "xs:attribute without a name; give it one");
    if (use && !word_in("required optional", use))
        return refuse(c, decl, "use=\"%s\" is not supported; required or optional", use);
    if (attribute(c, decl, "type") && child_named(decl, "simpleType"))
        return refuse(c, decl, "%s has a type twice; take one out", to->name);
    to->column = schema_column(c->a, to->name);
    to->title = "";
    titles(c, decl, &to->title, NULL, NULL);
    to->required = use && strcmp(use, "required") == 0;
    if ((rc = declared_type(c, decl, &type)) != RC_OK ||
        (rc = apply_remarks(c, decl, &type, NULL)) != RC_OK)
        return rc;
    to->type = &type->type;
    return given_values(c, decl, to->type, &to->fixed, &to->dflt);
}

static rc_t
attributes_differ(struct compile *c, const xmlNode *at, const struct plan_node *node)
{
    for (uint32_t i = 0; i < node->attribute_count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(node->attributes[i].column, node->attributes[k].column) == 0)
                return refuse(c, at, "attributes %s and %s are both column %s; rename one",
                              node->attributes[k].name, node->attributes[i].name,
                              node->attributes[i].column);
    return RC_OK;
}

static rc_t
attributes_compile(struct compile *c, const xmlNode *parent, struct plan_node *node)
{
    rc_t rc;

    node->attributes =
        ARENA_ARRAY(c->a, struct plan_attribute, children_named(parent, "attribute") + 1);
    for (EACH_CHILD(n, parent))
        if (is_xs(n, "attribute") &&
            (rc = attribute_compile(c, n, &node->attributes[node->attribute_count++])) != RC_OK)
            return rc;
    return attributes_differ(c, parent, node);
}

/* Elements and groups. */

static void
list_add(struct arena *a, struct list *l, struct plan_node *node)
{
    if (l->n == l->size) {
        l->size = l->size ? 2 * l->size : 8;
        struct plan_node **more = ARENA_ARRAY(a, struct plan_node *, l->size);
        if (l->n)
            memcpy(more, l->at, l->n * sizeof(more[0]));
        l->at = more;
    }
    l->at[l->n++] = node;
}

static rc_t
node_new(struct compile *c, const xmlNode *at, enum plan_kind kind, struct plan_node **out)
{
    if (++c->nodes > NODES_MAX)
        return refuse(c, at, "more than %d elements once all references are followed; use fewer",
                      NODES_MAX);

    struct plan_node *node = ARENA_NEW(c->a, struct plan_node);

    node->kind = kind;
    node->title = node->hint = node->title_en = "";
    node->min = node->max = 1;
    node->line = (int)xmlGetLineNo(at);
    *out = node;
    return RC_OK;
}

static rc_t
occurs_parse(struct compile *c, const xmlNode *at, const char *name, uint32_t *to)
{
    const char *value = attribute(c, at, name);
    char *end;

    if (!value)
        return RC_OK;
    if (strcmp(value, "unbounded") == 0 && strcmp(name, "maxOccurs") == 0) {
        *to = PLAN_UNBOUNDED;
        return RC_OK;
    }
    long n = strtol(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || n > NUMBER_MAX)
        return refuse(c, at, "%s \"%s\" must be a whole number up to %d", name, value, NUMBER_MAX);
    *to = (uint32_t)n;
    return RC_OK;
}

static rc_t
occurs(struct compile *c, const xmlNode *at, uint32_t *min, uint32_t *max)
{
    rc_t rc;

    *min = *max = 1;
    if ((rc = occurs_parse(c, at, "minOccurs", min)) != RC_OK ||
        (rc = occurs_parse(c, at, "maxOccurs", max)) != RC_OK)
        return rc;
    if (*max == 0)
        return refuse(c, at, "maxOccurs 0; take the xs:%s out", name_of(at));
    if (*min > *max)
        return refuse(c, at, "minOccurs %u is above maxOccurs %u; correct one", *min, *max);
    return RC_OK;
}

static rc_t
enter(struct compile *c, const xmlNode *at, const xmlNode *decl, const struct frame *up,
      struct frame *frame)
{
    for (const struct frame *f = up; f; f = f->up)
        if (f->decl == decl)
            return refuse(c, at, "%s contains itself; break the circle",
                          attribute(c, decl, "name"));
    *frame = (struct frame){decl, up, up ? up->depth + 1 : 1};
    if (frame->depth > DEPTH_MAX)
        return refuse(c, at, "references deeper than %d; flatten them", DEPTH_MAX);
    return RC_OK;
}

static rc_t element_compile(struct compile *c, const xmlNode *at, const struct frame *up,
                            struct plan_node **out);
static rc_t group_compile(struct compile *c, const xmlNode *at, const struct frame *up,
                          struct list *to);

static rc_t
members_compile(struct compile *c, const xmlNode *group, const struct frame *up, struct list *to)
{
    bool choice = is_xs(group, "choice");
    struct plan_node *node;
    rc_t rc = RC_OK;

    for (EACH_CHILD(n, group)) {
        if (is_xs(n, "element")) {
            if ((rc = element_compile(c, n, up, &node)) == RC_OK)
                list_add(c->a, to, node);
        } else if (is_xs(n, "any")) {
            if ((rc = node_new(c, n, PLAN_ANY, &node)) == RC_OK &&
                (rc = occurs(c, n, &node->min, &node->max)) == RC_OK)
                list_add(c->a, to, node);
        } else if (is_xs(n, "choice") || is_xs(n, "sequence")) {
            uint32_t min, max;

            if ((rc = occurs(c, n, &min, &max)) != RC_OK)
                return rc;
            if (is_xs(n, "sequence") && min == 1 && max == 1 && !choice)
                rc = members_compile(c, n, up, to);
            else
                rc = group_compile(c, n, up, to);
        }
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

static rc_t
group_compile(struct compile *c, const xmlNode *at, const struct frame *up, struct list *to)
{
    struct list members = {0};
    struct plan_node *node;
    rc_t rc;

    if ((rc = node_new(c, at, is_xs(at, "choice") ? PLAN_CHOICE : PLAN_SEQUENCE, &node)) != RC_OK ||
        (rc = occurs(c, at, &node->min, &node->max)) != RC_OK ||
        (rc = members_compile(c, at, up, &members)) != RC_OK)
        return rc;
    if (members.n == 0)
        return refuse(c, at, "xs:%s without members; take it out", name_of(at));
    node->children = members.at;
    node->child_count = members.n;
    list_add(c->a, to, node);
    return RC_OK;
}

/* A row has one column of a name: orderNo and order_no would be the same one. */
static rc_t
columns_differ(struct compile *c, const xmlNode *at, const struct plan_node *node)
{
    for (uint32_t i = 0; i < node->child_count; i++) {
        const struct plan_node *child = node->children[i];

        for (uint32_t k = 0; child->type && k < node->child_count; k++)
            if (k != i && node->children[k]->type &&
                strcmp(child->column, node->children[k]->column) == 0)
                return refuse(c, at, "%s and %s are both column %s; rename one", child->name,
                              node->children[k]->name, child->column);
        for (uint32_t k = 0; child->type && k < node->attribute_count; k++)
            if (strcmp(child->column, node->attributes[k].column) == 0)
                return refuse(c, at, "element and attribute %s are both column %s; rename one",
                              child->name, child->column);
    }
    return RC_OK;
}

static rc_t
simple_content(struct compile *c, const xmlNode *content, struct plan_node *node,
               struct simple **type)
{
    const xmlNode *extension = child_named(content, "extension");
    const char *base = extension ? attribute(c, extension, "base") : NULL;
    rc_t rc;

    if (!base)
        return refuse(c, content, "simpleContent needs one xs:extension with a base");
    if ((rc = simple_named(c, extension, base, type)) != RC_OK)
        return rc;
    return attributes_compile(c, extension, node);
}

static rc_t
complex_compile(struct compile *c, const xmlNode *decl, const struct frame *up,
                struct plan_node *node, struct simple **type)
{
    const xmlNode *content = NULL;
    struct list members = {0};
    rc_t rc = RC_OK;

    for (EACH_CHILD(n, decl)) {
        if (!word_in("sequence choice simpleContent", name_of(n)))
            continue;
        if (content)
            return refuse(c, n, "a second content of a complexType; put both into one xs:sequence");
        content = n;
    }
    if (content && is_xs(content, "simpleContent"))
        return simple_content(c, content, node, type);
    if (content) {
        uint32_t min, max;

        if ((rc = occurs(c, content, &min, &max)) != RC_OK)
            return rc;
        rc = is_xs(content, "sequence") && min == 1 && max == 1
                 ? members_compile(c, content, up, &members)
                 : group_compile(c, content, up, &members);
    }
    if (rc != RC_OK || (rc = attributes_compile(c, decl, node)) != RC_OK)
        return rc;
    node->children = members.at;
    node->child_count = members.n;
    return columns_differ(c, decl, node);
}

/* What type="…" of an element names: a simple type, or a complexType of this file. */
static rc_t
content_named(struct compile *c, const xmlNode *decl, const char *name, const struct frame *up,
              struct plan_node *node, struct simple **type)
{
    const xmlNode *complex;
    struct frame frame;
    struct qname q;
    rc_t rc;

    if ((rc = resolve(c, decl, name, &q)) != RC_OK)
        return rc;
    complex = strcmp(q.ns, c->target) == 0 ? global_find(c, "complexType", q.local) : NULL;
    if (!complex)
        return simple_named(c, decl, name, type);
    if ((rc = enter(c, decl, complex, up, &frame)) != RC_OK)
        return rc;
    return complex_compile(c, complex, &frame, node, type);
}

static rc_t
declare(struct compile *c, const xmlNode *decl, const struct frame *up, struct plan_node *node)
{
    const char *type_name = attribute(c, decl, "type"), *name = attribute(c, decl, "name");
    const xmlNode *complex = child_named(decl, "complexType");
    struct simple *type = NULL;
    rc_t rc;

    if (!name || !name[0])
        return refuse(c, decl, "xs:element without name or ref; give it one");
    if ((type_name != NULL) + children_named(decl, "complexType") +
            children_named(decl, "simpleType") >
        1)
        return refuse(c, decl, "%s has a type twice; take one out", name);
    node->name = arena_str(c->a, name);
    node->column = schema_column(c->a, name);
    titles(c, decl, &node->title, &node->hint, &node->title_en);
    if (complex)
        rc = complex_compile(c, complex, up, node, &type);
    else if (type_name)
        rc = content_named(c, decl, type_name, up, node, &type);
    else
        rc = declared_type(c, decl, &type);
    if (rc != RC_OK || (rc = apply_remarks(c, decl, &type, node)) != RC_OK)
        return rc;
    node->type = type ? &type->type : NULL;
    if ((rc = given_values(c, decl, node->type, &node->fixed, &node->dflt)) != RC_OK)
        return rc;
    return good_example(c, decl, node);
}

static rc_t
refer(struct compile *c, const xmlNode *at, const char *ref, const struct frame *up,
      struct plan_node *node)
{
    struct simple *type = NULL;
    const xmlNode *decl;
    struct frame frame;
    struct qname q;
    rc_t rc;

    for (const xmlAttr *p = at->properties; p; p = p->next)
        if (!p->ns && !word_in("ref minOccurs maxOccurs id", (const char *)p->name))
            return refuse(c, at, "%s beside ref; put it at the element referred to",
                          (const char *)p->name);
    titles(c, at, &node->title, &node->hint, &node->title_en);
    if ((rc = resolve(c, at, ref, &q)) != RC_OK)
        return rc;
    if (strcmp(q.ns, c->target) != 0) {
        if (!is_imported(at, q.ns))
            return refuse(c, at, "namespace of %s is not imported; add xs:import", ref);
        node->name = arena_str(c->a, q.local);
        node->column = schema_column(c->a, q.local);
        node->foreign = true;
        return apply_remarks(c, at, &type, node);
    }
    if (!(decl = global_find(c, "element", q.local)))
        return refuse(c, at, "element %s is not defined in this file; define it", ref);
    if ((rc = enter(c, at, decl, up, &frame)) != RC_OK ||
        (rc = declare(c, decl, &frame, node)) != RC_OK)
        return rc;
    type = (struct simple *)node->type; /* its first member */
    if ((rc = apply_remarks(c, at, &type, node)) != RC_OK)
        return rc;
    node->type = type ? &type->type : NULL;
    return good_example(c, at, node);
}

static rc_t
element_compile(struct compile *c, const xmlNode *at, const struct frame *up,
                struct plan_node **out)
{
    const char *ref = attribute(c, at, "ref");
    rc_t rc;

    if ((rc = node_new(c, at, PLAN_ELEMENT, out)) != RC_OK ||
        (rc = occurs(c, at, &(*out)->min, &(*out)->max)) != RC_OK)
        return rc;
    return ref ? refer(c, at, ref, up, *out) : declare(c, at, up, *out);
}

/* The file and its root. */

static bool
is_referred(const struct compile *c, const xmlNode *n, const char *name)
{
    for (EACH_CHILD(child, n)) {
        const char *ref = is_xs(child, "element") ? attribute(c, child, "ref") : NULL;
        const char *colon = ref ? strrchr(ref, ':') : NULL;

        if ((ref && strcmp(colon ? colon + 1 : ref, name) == 0) || is_referred(c, child, name))
            return true;
    }
    return false;
}

static rc_t
root_find(struct compile *c, const char *name)
{
    const xmlNode *schema = c->sources->schema;

    if (name) {
        c->root = global_find(c, "element", name);
        return c->root ? RC_OK : refuse(c, schema, "there is no global element %s; add it", name);
    }
    for (EACH_CHILD(n, schema)) {
        const char *its = is_xs(n, "element") ? attribute(c, n, "name") : NULL;

        if (!its || is_referred(c, schema, its))
            continue;
        if (c->root)
            return refuse(c, n, "%s and %s may both be the root; say which one is meant",
                          attribute(c, c->root, "name"), its);
        c->root = n;
    }
    return c->root ? RC_OK : refuse(c, schema, "there is no root element; add one");
}

static rc_t
head(struct compile *c)
{
    const xmlNode *schema = c->sources->schema;
    const char *form = attribute(c, schema, "elementFormDefault");
    const char *target = attribute(c, schema, "targetNamespace");

    if (form && !word_in("qualified unqualified", form))
        return refuse(c, schema, "elementFormDefault \"%s\" must be qualified or unqualified",
                      form);
    c->target = c->plan->target_ns = arena_str(c->a, target ? target : "");
    c->plan->prefix = "";
    for (const xmlNs *ns = schema->nsDef; ns; ns = ns->next)
        if (ns->prefix && strcmp((const char *)ns->href, c->target) == 0) {
            c->plan->prefix = arena_str(c->a, (const char *)ns->prefix);
            break;
        }
    c->plan->qualified = form && strcmp(form, "qualified") == 0;
    return RC_OK;
}

static rc_t
file_read(struct compile *c, const char *file, char **text, size_t *n)
{
    FILE *f = fopen(file, "rb");

    if (!f)
        return err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:1: cannot be opened; check name and rights",
                       file);
    *text = malloc(FILE_MAX + 1);
    *n = *text ? fread(*text, 1, FILE_MAX + 1, f) : 0;
    bool broken = ferror(f) || !*text;
    fclose(f);
    if (broken)
        return err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:1: cannot be read; check name and rights",
                       file);
    if (*n > FILE_MAX)
        return err_set(c->e, RC_FAIL, ERR_SCHEMA, "%s:1: larger than 8 MiB; split it", file);
    return RC_OK;
}

/* No entity is replaced, nothing beside these bytes is read; a document type is refused. */
static rc_t
parse(struct compile *c, struct source *s, const char *text, size_t n)
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
        if (!is_xs(s->schema, "schema"))
            rc = refuse(c, s->schema, "%s is not xs:schema; is this an XML Schema?",
                        name_of(s->schema));
    }
    xmlFreeParserCtxt(parser);
    return rc;
}

/* Read, parse and survey a file; it stands last among the sources. */
static rc_t
source_add(struct compile *c, const char *file, struct source **out)
{
    struct source *s = ARENA_NEW(c->scratch, struct source), **end = &c->sources;
    char *text = NULL;
    size_t n = 0;
    rc_t rc;

    while (*end)
        end = &(*end)->next;
    *end = *out = s;
    s->file = file;
    if ((rc = file_read(c, file, &text, &n)) == RC_OK && (rc = parse(c, s, text, n)) == RC_OK)
        rc = survey(c, s->schema);
    free(text);
    return rc;
}

static bool
same_attribute(const struct compile *c, const xmlNode *x, const xmlNode *y, const char *name)
{
    const char *a = attribute(c, x, name), *b = attribute(c, y, name);

    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* A file in the folder of the one that includes it, or below. */
static rc_t
include(struct compile *c, const struct source *from, const xmlNode *at)
{
    const char *where = attribute(c, at, "schemaLocation"), *slash = strrchr(from->file, '/');
    size_t folder = slash ? (size_t)(slash - from->file) + 1 : 0;
    struct source *s;
    unsigned count = 0;
    rc_t rc;

    if (!where || !where[0] || where[0] == '/' || strstr(where, "..") || strchr(where, ':'))
        return refuse(c, at, "xs:include of \"%s\"; name a file in this folder or below",
                      where ? where : "");
    where = arena_printf(c->a, "%.*s%s", (int)folder, from->file, where);
    for (s = c->sources; s; s = s->next, count++)
        if (strcmp(s->file, where) == 0)
            return RC_OK;
    if (count == SOURCES_MAX)
        return refuse(c, at, "more than %d files; join some", SOURCES_MAX);
    if ((rc = source_add(c, where, &s)) != RC_OK)
        return err_prefix(c->e, "%s:%ld", from->file, xmlGetLineNo(at));
    if (!same_attribute(c, s->schema, from->schema, "targetNamespace") ||
        !same_attribute(c, s->schema, from->schema, "elementFormDefault"))
        return refuse(c, s->schema, "targetNamespace or elementFormDefault differ from those of %s",
                      from->file);
    return RC_OK;
}

static rc_t
sources_read(struct compile *c, const char *file)
{
    struct source *s;
    rc_t rc = source_add(c, file, &s);

    for (; rc == RC_OK && s; s = s->next)
        for (EACH_CHILD(n, s->schema))
            if (is_xs(n, "include") && (rc = include(c, s, n)) != RC_OK)
                return rc;
    return rc;
}

static rc_t
compile_root(struct compile *c, const char *root)
{
    struct frame frame;
    rc_t rc;

    if ((rc = head(c)) != RC_OK || (rc = survey_globals(c)) != RC_OK ||
        (rc = root_find(c, root)) != RC_OK ||
        (rc = node_new(c, c->root, PLAN_ELEMENT, &c->plan->root)) != RC_OK ||
        (rc = enter(c, c->root, c->root, NULL, &frame)) != RC_OK)
        return rc;
    if ((rc = declare(c, c->root, &frame, c->plan->root)) != RC_OK)
        return rc;
    if (c->plan->message_count && !c->plan->feed)
        return refuse(c, c->root,
                      "lp:message without lp:feed; messages are taken as rows of a feed");
    return RC_OK;
}

rc_t
schema_compile(struct plan **plan, struct arena *a, const char *file, const char *root,
               const char *codes_dir, struct err *e)
{
    struct compile c = {.a = a, .codes_dir = codes_dir, .e = e};
    rc_t rc;

    *plan = NULL;
    c.scratch = arena_new("schema");
    c.plan = ARENA_NEW(a, struct plan);
    c.plan->file = arena_str(a, file);
    if ((rc = sources_read(&c, c.plan->file)) == RC_OK && (rc = compile_root(&c, root)) == RC_OK)
        *plan = c.plan;
    for (struct source *s = c.sources; s; s = s->next)
        if (s->doc)
            xmlFreeDoc(s->doc);
    arena_free(&c.scratch);
    return rc;
}
