/* xsd_type.c - simple types: what they are made from, facets, patterns; facets are inherited. */
#include <libxml/xmlregexp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/xsd/xsd.h"

#define PATTERN_MAX 1000
#define TEXT_MAX    4096 /* an enumeration value, a default, a bound */

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

rc_t
xsd_builtin(struct compile *c, const xmlNode *at, const char *name, struct simple **out)
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
            .utf16 = &c->plan->utf16,
        };
        if (b->check)
            xsd_add_check(c->a, &(*out)->type, check_find(b->check));
        return RC_OK;
    }
    return xsd_refuse(c, at, "type xs:%s is not supported; write xs:string or xs:decimal", name);
}

bool
xsd_is_good(struct compile *c, const struct plan_type *t, const char *value, const char **normal)
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
        return xsd_refuse(r->c, at, "%s \"%s\" must be a whole number up to %d", facet->name, value,
                          NUMBER_MAX);
    if (strcmp(facet->name, "totalDigits") == 0 && n == 0)
        return xsd_refuse(r->c, at, "totalDigits must be at least 1");
    if (strcmp(facet->name, "fractionDigits") == 0 && n > 0 && r->kind == FOR_INTEGER)
        return xsd_refuse(r->c, at, "fractionDigits of an integer must be 0");
    if (old >= 0 && (n - old) * facet->direction < 0)
        return xsd_refuse(r->c, at, "%s %ld is wider than %d of its base type", facet->name, n,
                          old);
    if (old >= 0 && facet->direction == 0 && n != old)
        return xsd_refuse(r->c, at, "%s %ld differs from %d of its base type", facet->name, n, old);
    *field = (int32_t)n;
    return RC_OK;
}

static rc_t
set_bound(struct restriction *r, const struct facet *facet, const xmlNode *at, const char *value)
{
    bool is_min = facet->name[1] == 'i', exclusive = strstr(facet->name, "Exclusive") != NULL;
    const char *normal, *other = is_min ? "minInclusive" : "maxInclusive";

    if (exclusive && xsd_child(r->node, other))
        return xsd_refuse(r->c, at, "%s and %s exclude each other; take one out", facet->name,
                          other);
    if (!xsd_is_good(r->c, r->base, value, &normal))
        return xsd_refuse(r->c, at, "%s \"%s\" is not a value of the base type", facet->name,
                          value);
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
                return xsd_refuse(r->c, at, "whiteSpace %s is weaker than %s of its base type",
                                  value, names[r->base->space]);
            r->type->space = (enum plan_space)i;
            return RC_OK;
        }
    return xsd_refuse(r->c, at, "whiteSpace \"%s\" must be preserve, replace or collapse", value);
}

/* Called at the first enumeration of a restriction; takes all of them. */
static rc_t
set_values(struct restriction *r, const struct facet *facet, const xmlNode *at, const char *value)
{
    const char **values;
    size_t n = 0;

    if (xsd_child(r->node, facet->name) != at)
        return RC_OK;
    values = ARENA_ARRAY(r->c->a, const char *, xsd_children(r->node, facet->name) + 1);
    for (EACH_CHILD(child, r->node)) {
        if (!xsd_is(child, facet->name))
            continue;
        if (!(value = xsd_attribute(r->c, child, "value")))
            return xsd_refuse(r->c, child, "enumeration without value; give it one");
        if (!xsd_is_good(r->c, r->base, value, &values[n]))
            return xsd_refuse(r->c, child,
                              "enumeration value \"%s\" is not a value of the base type", value);
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
    size_t count = xsd_children(r->node, facet);

    for (EACH_CHILD(n, r->node)) {
        const char *value = xsd_is(n, facet) ? xsd_attribute(r->c, n, "value") : NULL;

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
        return xsd_refuse(r->c, at, "pattern longer than %d bytes; shorten it", PATTERN_MAX);
    if (!(regexp = regexp_compile(value)))
        return xsd_refuse(r->c, at, "pattern \"%s\" is not a regular expression of XML Schema",
                          value);
    xmlRegFreeRegexp(regexp);
    for (const xmlNode *n = at; (n = xsd_element_from(n->next));)
        if (xsd_is(n, facet->name))
            return RC_OK; /* joined when each is known to be good */
    value = alternatives(r, facet->name);
    if (strlen(value) > TEXT_MAX || !(regexp = regexp_compile(value)))
        return xsd_refuse(r->c, at, "these patterns together are too long; shorten them");
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
    const char *value = xsd_attribute(r->c, at, "value");

    while (strcmp(facet->name, xsd_name(at)) != 0)
        facet++; /* survey() let no other pass */
    if (!(facet->facets & r->kind))
        return xsd_refuse(r->c, at, "%s makes no sense for xs:%s; take it out", facet->name,
                          base_name);
    if (!value)
        return xsd_refuse(r->c, at, "%s without value; give it one", facet->name);
    if (!facet->many && xsd_child(r->node, facet->name) != at)
        return xsd_refuse(r->c, at, "%s stands twice; take one out", facet->name);
    return facet->set(r, facet, at, value);
}

/* Facets that no value can satisfy together. */
static rc_t
consistent(struct restriction *r)
{
    const struct plan_type *t = r->type;

    if (t->max_length >= 0 && t->min_length > t->max_length)
        return xsd_refuse(r->c, r->node, "minLength is above maxLength; correct one");
    if (t->length >= 0 &&
        (t->length < t->min_length || (t->max_length >= 0 && t->length > t->max_length)))
        return xsd_refuse(r->c, r->node, "length is outside minLength and maxLength; correct one");
    if (t->total_digits >= 0 && t->fraction_digits > t->total_digits)
        return xsd_refuse(r->c, r->node, "fractionDigits is above totalDigits; correct one");
    if (t->min && t->max) {
        int order = check_compare(span_of(t->min), span_of(t->max));

        if (order > 0 || (order == 0 && (t->min_exclusive || t->max_exclusive)))
            return xsd_refuse(r->c, r->node,
                              "the smallest value is above the largest; correct one");
    }
    return RC_OK;
}

/* A named type is compiled once; its node remembers it, or that it is being compiled. */
static struct simple in_work;

rc_t
xsd_simple(struct compile *c, const xmlNode *decl, struct simple **out)
{
    const xmlNode *restriction = xsd_child(decl, "restriction");
    const char *base_name = restriction ? xsd_attribute(c, restriction, "base") : NULL;
    const xmlNode *inner = restriction ? xsd_child(restriction, "simpleType") : NULL;
    struct simple *base, *made;
    rc_t rc;

    if (!restriction || (base_name != NULL) == (inner != NULL))
        return xsd_refuse(c, restriction ? restriction : decl,
                          "a simpleType needs one xs:restriction with one base");
    rc = inner ? xsd_simple(c, inner, &base) : xsd_simple_named(c, restriction, base_name, &base);
    if (rc != RC_OK)
        return rc;
    made = ARENA_NEW(c->a, struct simple);
    *made = *base;

    struct restriction r = {c, &base->type, &made->type, restriction, base->from->facets};

    for (EACH_CHILD(n, restriction))
        if (!xsd_word_in("annotation simpleType", xsd_name(n)) &&
            (rc = set_facet(&r, n, base->from->name)) != RC_OK)
            return rc;
    if ((rc = consistent(&r)) != RC_OK)
        return rc;
    *out = made;
    return xsd_remarks(c, decl, out, NULL);
}

static rc_t
simple_global(struct compile *c, const xmlNode *at, xmlNode *decl, const char *name,
              struct simple **out)
{
    rc_t rc;

    if (decl->_private == &in_work)
        return xsd_refuse(c, at, "type %s is derived from itself; break the circle", name);
    if (decl->_private) {
        *out = decl->_private;
        return RC_OK;
    }
    decl->_private = &in_work;
    rc = xsd_simple(c, decl, out);
    decl->_private = rc == RC_OK ? *out : NULL;
    return rc;
}

rc_t
xsd_simple_named(struct compile *c, const xmlNode *at, const char *name, struct simple **out)
{
    struct qname q;
    rc_t rc = xsd_resolve(c, at, name, &q);

    if (rc != RC_OK)
        return rc;
    if (strcmp(q.ns, XSD_NS) == 0)
        return xsd_builtin(c, at, q.local, out);

    const xmlNode *decl =
        strcmp(q.ns, c->target) == 0 ? xsd_global(c, "simpleType", q.local) : NULL;

    if (!decl)
        return xsd_refuse(c, at, "simple type %s is not defined in this file; define it", name);
    return simple_global(c, at, (xmlNode *)decl, name, out);
}
