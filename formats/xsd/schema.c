/*
 * schema.c - from an XSD file to a plan: names resolved, types, titles and remarks of each element and attribute, from the
 * root on. The trees are gone when schema_compile() returns.
 */
#include "formats/xsd/schema.h"

#include <stdlib.h>

#include "formats/xsd/xsd.h"

#define NODES_MAX 20000 /* references multiply: a small file can ask for a huge tree */
#define DEPTH_MAX 64

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

/* Defaults and attributes. */

static rc_t
given_value(struct compile *c, const xmlNode *decl, const char *which, const struct plan_type *t,
            const char **out)
{
    const char *value = xsd_attribute(c, decl, which);

    if (!value)
        return RC_OK;
    if (!t)
        return xsd_refuse(c, decl, "%s belongs to an element with a simple type", which);
    if (!xsd_is_good(c, t, value, out))
        return xsd_refuse(c, decl, "%s \"%s\" is not a value of the type", which, value);
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
        return xsd_refuse(c, decl, "default and fixed exclude each other; take one out");
    return rc;
}

/* What remarks say is held against the type once that is known. */
static rc_t
fits_type(struct compile *c, const xmlNode *decl, struct plan_node *node)
{
    /* what lies sealed is bytes, which no column of numbers takes */
    if (node->sealed && node->type && node->type->base != PLAN_STRING)
        return xsd_refuse(c, decl,
                          "lp:personal of a number cannot be stored sealed; give it a type of "
                          "xs:string, or say stored=\"no\"");
    if (node->example && !xsd_is_good(c, node->type, node->example, &node->example))
        return xsd_refuse(c, decl, "example \"%s\" is not a value of the type", node->example);
    return RC_OK;
}

/* The simple type a declaration has, by name or written inside it; none said is xs:string. */
static rc_t
declared_type(struct compile *c, const xmlNode *decl, struct simple **out)
{
    const char *name = xsd_attribute(c, decl, "type");
    const xmlNode *inner = xsd_child(decl, "simpleType");

    if (name)
        return xsd_simple_named(c, decl, name, out);
    return inner ? xsd_simple(c, inner, out) : xsd_builtin(c, decl, "string", out);
}

static rc_t
attribute_compile(struct compile *c, const xmlNode *decl, struct plan_attribute *to)
{
    const char *use = xsd_attribute(c, decl, "use");
    struct simple *type = NULL;
    rc_t rc;

    to->name = arena_str(c->a, xsd_attribute(c, decl, "name"));
    if (!to->name || !to->name[0])
        return xsd_refuse(c, decl, "xs:attribute without a name; give it one");
    if (use && !xsd_word_in("required optional", use))
        return xsd_refuse(c, decl, "use=\"%s\" is not supported; required or optional", use);
    if (xsd_attribute(c, decl, "type") && xsd_child(decl, "simpleType"))
        return xsd_refuse(c, decl, "%s has a type twice; take one out", to->name);
    to->column = schema_column(c->a, to->name);
    to->title = "";
    xsd_titles(c, decl, &to->title, NULL, NULL);
    to->required = use && strcmp(use, "required") == 0;
    if ((rc = declared_type(c, decl, &type)) != RC_OK ||
        (rc = xsd_remarks(c, decl, &type, NULL)) != RC_OK)
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
                return xsd_refuse(c, at, "attributes %s and %s are both column %s; rename one",
                                  node->attributes[k].name, node->attributes[i].name,
                                  node->attributes[i].column);
    return RC_OK;
}

static rc_t
attributes_compile(struct compile *c, const xmlNode *parent, struct plan_node *node)
{
    rc_t rc;

    node->attributes =
        ARENA_ARRAY(c->a, struct plan_attribute, xsd_children(parent, "attribute") + 1);
    for (EACH_CHILD(n, parent))
        if (xsd_is(n, "attribute") &&
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
        return xsd_refuse(
            c, at, "more than %d elements once all references are followed; use fewer", NODES_MAX);

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
    const char *value = xsd_attribute(c, at, name);
    char *end;

    if (!value)
        return RC_OK;
    if (strcmp(value, "unbounded") == 0 && strcmp(name, "maxOccurs") == 0) {
        *to = PLAN_UNBOUNDED;
        return RC_OK;
    }
    long n = strtol(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || n > NUMBER_MAX)
        return xsd_refuse(c, at, "%s \"%s\" must be a whole number up to %d", name, value,
                          NUMBER_MAX);
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
        return xsd_refuse(c, at, "maxOccurs 0; take the xs:%s out", xsd_name(at));
    if (*min > *max)
        return xsd_refuse(c, at, "minOccurs %u is above maxOccurs %u; correct one", *min, *max);
    return RC_OK;
}

static rc_t
enter(struct compile *c, const xmlNode *at, const xmlNode *decl, const struct frame *up,
      struct frame *frame)
{
    for (const struct frame *f = up; f; f = f->up)
        if (f->decl == decl)
            return xsd_refuse(c, at, "%s contains itself; break the circle",
                              xsd_attribute(c, decl, "name"));
    *frame = (struct frame){decl, up, up ? up->depth + 1 : 1};
    if (frame->depth > DEPTH_MAX)
        return xsd_refuse(c, at, "references deeper than %d; flatten them", DEPTH_MAX);
    return RC_OK;
}

static rc_t element_compile(struct compile *c, const xmlNode *at, const struct frame *up,
                            struct plan_node **out);
static rc_t group_compile(struct compile *c, const xmlNode *at, const struct frame *up,
                          struct list *to);

static rc_t
members_compile(struct compile *c, const xmlNode *group, const struct frame *up, struct list *to)
{
    bool choice = xsd_is(group, "choice");
    struct simple *no_type = NULL;
    struct plan_node *node;
    rc_t rc = RC_OK;

    for (EACH_CHILD(n, group)) {
        if (xsd_is(n, "element")) {
            if ((rc = element_compile(c, n, up, &node)) == RC_OK)
                list_add(c->a, to, node);
        } else if (xsd_is(n, "any")) {
            if ((rc = node_new(c, n, PLAN_ANY, &node)) == RC_OK &&
                (rc = occurs(c, n, &node->min, &node->max)) == RC_OK &&
                (rc = xsd_remarks(c, n, &no_type, node)) == RC_OK)
                list_add(c->a, to, node);
        } else if (xsd_is(n, "choice") || xsd_is(n, "sequence")) {
            uint32_t min, max;

            if ((rc = occurs(c, n, &min, &max)) != RC_OK)
                return rc;
            if (xsd_is(n, "sequence") && min == 1 && max == 1 && !choice)
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

    if ((rc = node_new(c, at, xsd_is(at, "choice") ? PLAN_CHOICE : PLAN_SEQUENCE, &node)) !=
            RC_OK ||
        (rc = occurs(c, at, &node->min, &node->max)) != RC_OK ||
        (rc = members_compile(c, at, up, &members)) != RC_OK)
        return rc;
    if (members.n == 0)
        return xsd_refuse(c, at, "xs:%s without members; take it out", xsd_name(at));
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
                return xsd_refuse(c, at, "%s and %s are both column %s; rename one", child->name,
                                  node->children[k]->name, child->column);
        for (uint32_t k = 0; child->type && k < node->attribute_count; k++)
            if (strcmp(child->column, node->attributes[k].column) == 0)
                return xsd_refuse(c, at, "element and attribute %s are both column %s; rename one",
                                  child->name, child->column);
    }
    return RC_OK;
}

static rc_t
simple_content(struct compile *c, const xmlNode *content, struct plan_node *node,
               struct simple **type)
{
    const xmlNode *extension = xsd_child(content, "extension");
    const char *base = extension ? xsd_attribute(c, extension, "base") : NULL;
    rc_t rc;

    if (!base)
        return xsd_refuse(c, content, "simpleContent needs one xs:extension with a base");
    if ((rc = xsd_simple_named(c, extension, base, type)) != RC_OK)
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
        if (!xsd_word_in("sequence choice simpleContent", xsd_name(n)))
            continue;
        if (content)
            return xsd_refuse(c, n,
                              "a second content of a complexType; put both into one xs:sequence");
        content = n;
    }
    if (content && xsd_is(content, "simpleContent"))
        return simple_content(c, content, node, type);
    if (content) {
        uint32_t min, max;

        if ((rc = occurs(c, content, &min, &max)) != RC_OK)
            return rc;
        rc = xsd_is(content, "sequence") && min == 1 && max == 1
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

    if ((rc = xsd_resolve(c, decl, name, &q)) != RC_OK)
        return rc;
    complex = strcmp(q.ns, c->target) == 0 ? xsd_global(c, "complexType", q.local) : NULL;
    if (!complex)
        return xsd_simple_named(c, decl, name, type);
    if ((rc = enter(c, decl, complex, up, &frame)) != RC_OK)
        return rc;
    return complex_compile(c, complex, &frame, node, type);
}

static rc_t
declare(struct compile *c, const xmlNode *decl, const struct frame *up, struct plan_node *node)
{
    const char *type_name = xsd_attribute(c, decl, "type"), *name = xsd_attribute(c, decl, "name");
    const xmlNode *complex = xsd_child(decl, "complexType");
    struct simple *type = NULL;
    rc_t rc;

    if (!name || !name[0])
        return xsd_refuse(c, decl, "xs:element without name or ref; give it one");
    if ((type_name != NULL) + xsd_children(decl, "complexType") + xsd_children(decl, "simpleType") >
        1)
        return xsd_refuse(c, decl, "%s has a type twice; take one out", name);
    node->name = arena_str(c->a, name);
    node->column = schema_column(c->a, name);
    xsd_titles(c, decl, &node->title, &node->hint, &node->title_en);
    if (complex)
        rc = complex_compile(c, complex, up, node, &type);
    else if (type_name)
        rc = content_named(c, decl, type_name, up, node, &type);
    else
        rc = declared_type(c, decl, &type);
    if (rc != RC_OK || (rc = xsd_remarks(c, decl, &type, node)) != RC_OK)
        return rc;
    node->type = type ? &type->type : NULL;
    if ((rc = given_values(c, decl, node->type, &node->fixed, &node->dflt)) != RC_OK)
        return rc;
    return fits_type(c, decl, node);
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
        if (!p->ns && !xsd_word_in("ref minOccurs maxOccurs id", (const char *)p->name))
            return xsd_refuse(c, at, "%s beside ref; put it at the element referred to",
                              (const char *)p->name);
    xsd_titles(c, at, &node->title, &node->hint, &node->title_en);
    if ((rc = xsd_resolve(c, at, ref, &q)) != RC_OK)
        return rc;
    if (strcmp(q.ns, c->target) != 0) {
        if (!xsd_is_imported(at, q.ns))
            return xsd_refuse(c, at, "namespace of %s is not imported; add xs:import", ref);
        node->name = arena_str(c->a, q.local);
        node->column = schema_column(c->a, q.local);
        node->foreign = true;
        return xsd_remarks(c, at, &type, node);
    }
    if (!(decl = xsd_global(c, "element", q.local)))
        return xsd_refuse(c, at, "element %s is not defined in this file; define it", ref);
    if ((rc = enter(c, at, decl, up, &frame)) != RC_OK ||
        (rc = declare(c, decl, &frame, node)) != RC_OK)
        return rc;
    type = (struct simple *)node->type; /* its first member */
    if ((rc = xsd_remarks(c, at, &type, node)) != RC_OK)
        return rc;
    node->type = type ? &type->type : NULL;
    return fits_type(c, at, node);
}

static rc_t
element_compile(struct compile *c, const xmlNode *at, const struct frame *up,
                struct plan_node **out)
{
    const char *ref = xsd_attribute(c, at, "ref");
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
        const char *ref = xsd_is(child, "element") ? xsd_attribute(c, child, "ref") : NULL;
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
        c->root = xsd_global(c, "element", name);
        return c->root ? RC_OK
                       : xsd_refuse(c, schema, "there is no global element %s; add it", name);
    }
    for (EACH_CHILD(n, schema)) {
        const char *its = xsd_is(n, "element") ? xsd_attribute(c, n, "name") : NULL;

        if (!its || is_referred(c, schema, its))
            continue;
        if (c->root)
            return xsd_refuse(c, n, "%s and %s may both be the root; say which one is meant",
                              xsd_attribute(c, c->root, "name"), its);
        c->root = n;
    }
    return c->root ? RC_OK : xsd_refuse(c, schema, "there is no root element; add one");
}

static rc_t
head(struct compile *c)
{
    const xmlNode *schema = c->sources->schema;
    const char *form = xsd_attribute(c, schema, "elementFormDefault");
    const char *target = xsd_attribute(c, schema, "targetNamespace");

    if (form && !xsd_word_in("qualified unqualified", form))
        return xsd_refuse(c, schema, "elementFormDefault \"%s\" must be qualified or unqualified",
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
compile_root(struct compile *c, const char *root)
{
    struct frame frame;
    rc_t rc;

    if ((rc = head(c)) != RC_OK || (rc = xsd_survey_globals(c)) != RC_OK ||
        (rc = root_find(c, root)) != RC_OK ||
        (rc = node_new(c, c->root, PLAN_ELEMENT, &c->plan->root)) != RC_OK ||
        (rc = enter(c, c->root, c->root, NULL, &frame)) != RC_OK)
        return rc;
    if ((rc = declare(c, c->root, &frame, c->plan->root)) != RC_OK)
        return rc;
    if (c->plan->message_count && c->plan->feed)
        return xsd_refuse(c, c->root,
                          "lp:message beside lp:feed; it belongs into the message's own XSD");
    rc = xsd_feed_whole(c);
    return rc == RC_OK ? xsd_written_whole(c) : rc;
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
    if ((rc = xsd_read(&c, c.plan->file)) == RC_OK && (rc = compile_root(&c, root)) == RC_OK)
        *plan = c.plan;
    for (struct xsd_file *s = c.sources; s; s = s->next)
        if (s->doc)
            xmlFreeDoc(s->doc);
    arena_free(&c.scratch);
    return rc;
}

static rc_t
bind_columns(struct plan_message *m, struct arena *a, const struct plan *feed,
             const struct plan *message, struct err *e)
{
    struct plan_map *maps = ARENA_ARRAY(a, struct plan_map, m->map_count);

    for (uint32_t i = 0; i < m->map_count; i++) {
        const char *column = m->maps[i].column;

        maps[i] = m->maps[i];
        maps[i].column = NULL;
        for (uint32_t k = 0; column && k < feed->root->child_count; k++)
            if (feed->root->children[k]->type && !strcmp(feed->root->children[k]->name, column))
                maps[i].column = feed->root->children[k]->name;
        if (column && !maps[i].column)
            return err_set(e, RC_FAIL, ERR_SCHEMA,
                           "%s: column \"%s\" in lp:message is none of feed %s", message->file,
                           column, feed->feed);
    }
    m->maps = maps;
    return RC_OK;
}

rc_t
schema_take(struct plan *feed, struct arena *a, const char *format, const struct plan *message,
            struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < message->message_count; i++) {
        struct plan_message m = message->messages[i];

        if (strcmp(m.feed, feed->feed) != 0)
            continue;
        m.format = arena_str(a, format);
        if ((rc = bind_columns(&m, a, feed, message, e)) != RC_OK)
            break;
        feed->messages = arena_grow(a, feed->messages, sizeof m, feed->message_count);
        feed->messages[feed->message_count++] = m;
    }
    return rc;
}
