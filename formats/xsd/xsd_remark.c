/* xsd_remark.c - what an XSD says for people and for us: titles, and the elements of urn:landport:format. */
#include <stdlib.h>

#include "formats/xsd/codes.h"
#include "formats/xsd/xsd.h"

#define BLANKS       " \t\r\n"
#define MESSAGES_MAX 8

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
void
xsd_titles(struct compile *c, const xmlNode *decl, const char **zh, const char **hint,
           const char **en)
{
    const xmlNode *annotation = xsd_child(decl, "annotation");

    if (!annotation)
        return;
    for (EACH_CHILD(n, annotation)) {
        if (!xsd_is(n, "documentation"))
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
    const char *name = xsd_attribute(r->c, r->at, "name");
    const struct check *check = name ? check_find(name) : NULL;

    if (!check)
        return xsd_refuse(r->c, r->at,
                          "there is no check \"%s\"; see the table in formats/xsd/check.c",
                          name ? name : "");
    xsd_add_check(r->c->a, own_type(r), check);
    return RC_OK;
}

/* The code table a remark names; one is read once. */
static rc_t
table_of(const struct remark *r, const struct codes **codes)
{
    struct compile *c = r->c;
    const char *table = xsd_attribute(c, r->at, "table");
    struct loaded *l = c->loaded;
    rc_t rc;

    if (!table || !c->codes_dir)
        return xsd_refuse(c, r->at, "code table \"%s\" has no folder or no name",
                          table ? table : "");
    while (l && strcmp(codes_name(l->codes), table) != 0)
        l = l->next;
    if (!l) {
        l = ARENA_NEW(c->scratch, struct loaded);
        if ((rc = codes_load(&l->codes, c->a, c->codes_dir, table, c->e)) != RC_OK)
            return err_prefix(c->e, "%s:%ld", xsd_file(c, r->at), xmlGetLineNo(r->at));
        l->next = c->loaded;
        c->loaded = l;
    }
    *codes = l->codes;
    return RC_OK;
}

static rc_t
remark_codes(const struct remark *r)
{
    const struct codes *codes;
    struct plan_type *type;
    rc_t rc;

    if ((*r->type)->type.codes)
        return xsd_refuse(r->c, r->at, "a second code table; take one out");
    if ((rc = table_of(r, &codes)) != RC_OK)
        return rc;
    type = own_type(r);
    type->codes = codes;
    type->day = r->c->plan->day;
    return RC_OK;
}

static rc_t
remark_never(const struct remark *r)
{
    const struct codes *codes;
    rc_t rc;

    if ((*r->type)->type.never)
        return xsd_refuse(r->c, r->at, "a second lp:never; take one out");
    if ((rc = table_of(r, &codes)) != RC_OK)
        return rc;
    own_type(r)->never = codes;
    return RC_OK;
}

static rc_t
remark_key(const struct remark *r)
{
    r->node->key = true;
    r->node->key_else = arena_str(r->c->a, xsd_attribute(r->c, r->at, "else"));
    return RC_OK;
}

static rc_t
remark_issuer(const struct remark *r)
{
    r->node->issuer = true;
    r->node->issuer_unless = arena_str(r->c->a, xsd_attribute(r->c, r->at, "unless"));
    r->node->issuer_else = arena_str(r->c->a, xsd_attribute(r->c, r->at, "else"));
    if (!r->node->issuer_unless != !r->node->issuer_else)
        return xsd_refuse(r->c, r->at, "lp:issuer needs both of unless and else, or neither");
    return RC_OK;
}

static rc_t
remark_number(const struct remark *r)
{
    r->node->number = true;
    return RC_OK;
}

static rc_t
remark_staged(const struct remark *r)
{
    r->node->staged = true;
    return RC_OK;
}

static rc_t
remark_index(const struct remark *r)
{
    r->node->indexed = true;
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
    const char *stored = xsd_attribute(r->c, r->at, "stored");

    if (stored && strcmp(stored, "no") != 0)
        return xsd_refuse(r->c, r->at, "stored=\"%s\" of lp:personal; only \"no\" is said", stored);
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
    if (!(r->node->example = arena_str(r->c->a, xsd_attribute(r->c, r->at, "value"))))
        return xsd_refuse(r->c, r->at, "lp:example needs a value");
    r->node->counts = xsd_attribute(r->c, r->at, "counts") != NULL;
    return RC_OK;
}

static rc_t
remark_alias(const struct remark *r)
{
    const char *names = xsd_attribute(r->c, r->at, "names");
    struct span left = span_trim(span_of(names));
    const char **all = ARENA_ARRAY(r->c->a, const char *, left.n + 1);
    size_t count = 0;

    if (!left.n)
        return xsd_refuse(r->c, r->at, "lp:alias needs names");
    while (left.n) {
        size_t n = 0;

        while (n < left.n && !strchr(BLANKS, left.p[n]))
            n++;
        all[count++] = arena_span(r->c->a, (struct span){left.p, n});
        left = span_trim((struct span){left.p + n, left.n - n});
    }
    r->node->aliases = all;
    return RC_OK;
}

static rc_t
remark_line(const struct remark *r)
{
    r->node->line_part = true;
    r->node->lines_count = xsd_attribute(r->c, r->at, "counts") != NULL;
    return RC_OK;
}

static rc_t
remark_length(const struct remark *r)
{
    const char *unit = xsd_attribute(r->c, r->at, "unit");

    if (r->at->parent->parent->parent != r->c->root)
        return xsd_refuse(r->c, r->at, "lp:length belongs to the root element");
    if (!unit || strcmp(unit, "utf-16") != 0)
        return xsd_refuse(r->c, r->at,
                          "lp:length needs unit=\"utf-16\"; without it characters count");
    r->c->plan->utf16 = true;
    return RC_OK;
}

static rc_t
remark_signed(const struct remark *r)
{
    if (r->node->kind != PLAN_ANY)
        return xsd_refuse(r->c, r->at, "lp:signed belongs to an xs:any");
    r->node->must_sign = true;
    return RC_OK;
}

static rc_t
remark_feed(const struct remark *r)
{
    struct plan *plan = r->c->plan;

    if (r->at->parent->parent->parent != r->c->root)
        return xsd_refuse(r->c, r->at, "lp:feed belongs to the root element");
    plan->feed = arena_str(r->c->a, xsd_attribute(r->c, r->at, "name"));
    plan->feed_title = arena_str(r->c->a, xsd_attribute(r->c, r->at, "title"));
    plan->rows_table = arena_str(r->c->a, xsd_attribute(r->c, r->at, "table"));
    plan->lines_table = arena_str(r->c->a, xsd_attribute(r->c, r->at, "lines"));
    plan->more_table = arena_str(r->c->a, xsd_attribute(r->c, r->at, "more"));
    plan->more_lines_table = arena_str(r->c->a, xsd_attribute(r->c, r->at, "more-lines"));
    if (!plan->feed || !plan->feed[0])
        return xsd_refuse(r->c, r->at, "lp:feed without a name; give it one");
    if ((plan->more_table && !plan->rows_table) || (plan->more_lines_table && !plan->lines_table))
        return xsd_refuse(r->c, r->at,
                          "lp:feed with more=\"…\" needs table=\"…\", and with "
                          "more-lines=\"…\" lines=\"…\"");
    plan->rows = arena_str(r->c->a, xsd_attribute(r->c, r->at, "rows"));
    if (!plan->rows)
        plan->rows = plan->feed;
    return RC_OK;
}

/* A column of the feed at hand, whose amounts are numbers if it is to be added up. */
static rc_t
totals_column(const struct remark *r, const char *key, bool number, const struct plan_node **out)
{
    const char *name = xsd_attribute(r->c, r->at, key);

    for (uint32_t i = 0; name && i < r->node->child_count; i++) {
        const struct plan_node *n = r->node->children[i];
        if (n->type && strcmp(n->name, name) == 0)
            *out = n;
    }
    if (name && !*out)
        return xsd_refuse(r->c, r->at, "%s \"%s\" is none of %s", key, name, r->node->name);
    if (*out && number && (*out)->type->base != PLAN_DECIMAL && (*out)->type->base != PLAN_INTEGER)
        return xsd_refuse(r->c, r->at, "%s \"%s\" is no number", key, name);
    return RC_OK;
}

static rc_t
remark_totals(const struct remark *r)
{
    struct plan *plan = r->c->plan;
    const char *marks = xsd_attribute(r->c, r->at, "trailers");
    uint32_t count = 0;
    rc_t rc;

    if (r->at->parent->parent->parent != r->c->root)
        return xsd_refuse(r->c, r->at, "lp:totals belongs to the root element");
    if ((rc = totals_column(r, "amount", true, &plan->amount)) != RC_OK ||
        (rc = totals_column(r, "currency", false, &plan->currency)) != RC_OK)
        return rc;
    if (plan->currency && !plan->amount)
        return xsd_refuse(r->c, r->at, "lp:totals with a currency and without an amount");
    plan->trailers = ARENA_ARRAY(r->c->a, const char *, marks ? strlen(marks) / 2 + 2 : 1);
    for (size_t n; marks && *(marks += strspn(marks, BLANKS)); marks += n) {
        n = strcspn(marks, BLANKS);
        plan->trailers[count++] = arena_strn(r->c->a, marks, n);
    }
    return RC_OK;
}

static rc_t
remark_sum(const struct remark *r)
{
    struct plan *plan = r->c->plan;
    rc_t rc;

    if (r->at->parent->parent->parent != r->c->root)
        return xsd_refuse(r->c, r->at, "lp:sum belongs to the root element");
    if ((rc = totals_column(r, "column", true, &plan->sum)) == RC_OK)
        rc = totals_column(r, "currency", false, &plan->sum_by);
    if (rc == RC_OK && !plan->sum)
        rc = xsd_refuse(r->c, r->at, "lp:sum needs a column");
    return rc;
}

static rc_t
own_attributes(struct compile *c, const xmlNode *at, const char *allowed)
{
    for (const xmlAttr *p = at->properties; p; p = p->next)
        if (!xsd_word_in(allowed, (const char *)p->name))
            return xsd_refuse(c, at, "lp:%s has no attribute %s", xsd_name(at),
                              (const char *)p->name);
    return RC_OK;
}

static rc_t
message_map(const struct remark *r, const xmlNode *at, struct plan_map *to)
{
    const char *element = xsd_attribute(r->c, at, "element"),
               *column = xsd_attribute(r->c, at, "column");
    const char *value = xsd_attribute(r->c, at, "value");
    rc_t rc;

    if (!xsd_in_ns(at, LP_NS) || strcmp(xsd_name(at), "map") != 0)
        return xsd_refuse(r->c, at, "%s in lp:message is not known; only lp:map", xsd_name(at));
    if ((rc = own_attributes(r->c, at, "element column value")) != RC_OK)
        return rc;
    if (!value == !(element && element[0]) || (value && !column))
        return xsd_refuse(r->c, at, "lp:map needs the element it is about, or column and value");
    to->element = arena_str(r->c->a, element);
    to->value = arena_str(r->c->a, value);
    to->column = arena_str(r->c->a, column);
    return RC_OK;
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
        return xsd_refuse(c, r->at, "lp:message belongs to the root element");
    if (c->plan->message_count == MESSAGES_MAX)
        return xsd_refuse(c, r->at, "more than %d of lp:message", MESSAGES_MAX);
    m = message_add(c);
    m->feed = arena_str(c->a, xsd_attribute(c, r->at, "feed"));
    m->document = arena_str(c->a, xsd_attribute(c, r->at, "document"));
    m->head = arena_str(c->a, xsd_attribute(c, r->at, "head"));
    m->lines = arena_str(c->a, xsd_attribute(c, r->at, "lines"));
    m->answers = arena_str(c->a, xsd_attribute(c, r->at, "answers"));
    m->loose = xsd_attribute(c, r->at, "loose") != NULL;
    if (!m->feed || !m->feed[0] || !m->document || !m->document[0])
        return xsd_refuse(c, r->at, "lp:message needs feed and document");
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
remark_speaker(const struct remark *r)
{
    struct plan_node *n = r->node;
    struct plan_speaker *all =
        ARENA_ARRAY(r->c->a, struct plan_speaker, (size_t)n->speaker_count + 1);
    const char *role = xsd_attribute(r->c, r->at, "role");

    if (!role || !role[0])
        return xsd_refuse(r->c, r->at, "lp:speaker without a role; name the partners' role");
    if (n->speaker_count)
        memcpy(all, n->speakers, n->speaker_count * sizeof(*all));
    all[n->speaker_count++] = (struct plan_speaker){
        arena_str(r->c->a, role), arena_str(r->c->a, xsd_attribute(r->c, r->at, "unless"))};
    n->speakers = all;
    return RC_OK;
}

static rc_t
remark_written(const struct remark *r)
{
    if (r->at->parent->parent->parent != r->c->root)
        return xsd_refuse(r->c, r->at, "lp:written belongs to the root element");
    return xsd_written(r->c, r->at, &r->c->plan->written);
}

static rc_t
remark_cell(const struct remark *r)
{
    return xsd_cell(r->c, r->at, &r->node->cell);
}

#define WRITTEN_ATTRIBUTES                                                                         \
    "as bom charset delimiter head header line-end quote sheet start suffix template"

static const struct {
    const char *name, *attributes;
    bool needs_type, needs_element;
    rc_t (*apply)(const struct remark *r);
} remarks[] = {
    {"alias",    "names",                                       true,  true,  remark_alias   },
    {"cell",     "at column",                                   true,  true,  remark_cell    },
    {"check",    "name",                                        true,  false, remark_check   },
    {"codes",    "table",                                       true,  false, remark_codes   },
    {"control",  "",                                            true,  true,  remark_control },
    {"example",  "value counts",                                true,  true,  remark_example },
    {"feed",     "name title rows table lines more more-lines", false, true,  remark_feed    },
    {"key",      "else",                                        true,  true,  remark_key     },
    {"index",    "",                                            true,  true,  remark_index   },
    {"length",   "unit",                                        false, true,  remark_length  },
    {"issuer",   "unless else",                                 true,  true,  remark_issuer  },
    {"line",     "counts",                                      true,  true,  remark_line    },
    {"message",  "feed document head lines loose answers",      false, true,  remark_message },
    {"never",    "table",                                       true,  true,  remark_never   },
    {"number",   "",                                            true,  true,  remark_number  },
    {"payload",  "",                                            true,  true,  remark_payload },
    {"personal", "stored",                                      true,  true,  remark_personal},
    {"signed",   "",                                            false, true,  remark_signed  },
    {"speaker",  "role unless",                                 true,  true,  remark_speaker },
    {"staged",   "",                                            true,  true,  remark_staged  },
    {"sum",      "column currency",                             false, true,  remark_sum     },
    {"totals",   "amount currency trailers",                    false, true,  remark_totals  },
    {"written",  WRITTEN_ATTRIBUTES,                            false, true,  remark_written },
};

static rc_t
apply_remark(const struct remark *r)
{
    const char *name = xsd_name(r->at);
    rc_t rc;

    for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
        if (strcmp(remarks[i].name, name) != 0)
            continue;
        if ((rc = own_attributes(r->c, r->at, remarks[i].attributes)) != RC_OK)
            return rc;
        if (remarks[i].needs_element && !r->node)
            return xsd_refuse(r->c, r->at, "lp:%s belongs to an element", name);
        if (remarks[i].needs_type && !*r->type)
            return xsd_refuse(r->c, r->at, "lp:%s belongs to an element with a simple type", name);
        return remarks[i].apply(r);
    }
    return xsd_refuse(r->c, r->at,
                      "lp:%s is not known; alias, cell, check, codes, control, example, feed, "
                      "index, issuer, key, length, line, message, never, number, "
                      "payload, personal, signed, speaker, staged, sum, totals or written",
                      name);
}

rc_t
xsd_remarks(struct compile *c, const xmlNode *decl, struct simple **type, struct plan_node *node)
{
    const xmlNode *annotation = xsd_child(decl, "annotation");
    rc_t rc;

    if (!annotation)
        return RC_OK;
    for (EACH_CHILD(appinfo, annotation)) {
        if (!xsd_is(appinfo, "appinfo"))
            continue;
        for (EACH_CHILD(n, appinfo)) {
            struct remark r = {c, n, type, node};

            if (xsd_in_ns(n, LP_NS) && (rc = apply_remark(&r)) != RC_OK)
                return rc;
        }
    }
    return RC_OK;
}
