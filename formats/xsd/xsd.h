/*
 * xsd.h - the parts of schema_compile(), and of nobody else.
 *
 * Shape    xsd_tree.c reads a file and what it includes, and refuses whatever is outside of our subset of XML
 *          Schema; xsd_type.c makes simple types of it, xsd_remark.c takes titles and the elements of
 *          urn:landport:format, schema.c follows the root's references to the plan.
 * Errors   RC_FAIL ERR_SCHEMA with file and line, in c->e.
 */
#ifndef LANDPORT_XSD_H
#define LANDPORT_XSD_H

#include <libxml/tree.h>

#include "formats/xsd/check.h"
#include "formats/xsd/schema.h"

#define XSD_NS     "http://www.w3.org/2001/XMLSchema"
#define LP_NS      "urn:landport:format"
#define NUMBER_MAX 1000000

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
struct xsd_file {
    const char *file;
    xmlDocPtr doc;
    xmlNodePtr schema;
    struct xsd_file *next;
};

struct compile {
    struct arena *a;       /* the plan */
    struct arena *scratch; /* forgotten with the trees */
    const char *codes_dir, *target;
    struct xsd_file *sources;
    const xmlNode *root; /* the global element compiled */
    struct plan *plan;
    struct loaded *loaded;
    unsigned nodes;
    struct err *e;
};

struct qname {
    const char *ns, *local;
};

/* xsd_tree.c: what a file says. */

rc_t xsd_refuse(struct compile *c, const xmlNode *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *xsd_file(const struct compile *c, const xmlNode *at);
const char *xsd_name(const xmlNode *n);
bool xsd_in_ns(const xmlNode *n, const char *ns);
bool xsd_is(const xmlNode *n, const char *name);
const xmlNode *xsd_element_from(const xmlNode *n);
#define EACH_CHILD(child, parent)                                                                  \
    const xmlNode *child = xsd_element_from((parent)->children);                                   \
    child;                                                                                         \
    child = xsd_element_from(child->next)
const xmlNode *xsd_child(const xmlNode *parent, const char *name);
size_t xsd_children(const xmlNode *parent, const char *name);
/* NULL when it is not there; lives until the compiler ends. */
const char *xsd_attribute(const struct compile *c, const xmlNode *n, const char *name);
bool xsd_attribute_is(const xmlNode *n, const char *name, const char *value);
/* Is word one of the words of list, which single blanks part? */
bool xsd_word_in(const char *list, const char *word);
rc_t xsd_resolve(struct compile *c, const xmlNode *at, const char *text, struct qname *q);
bool xsd_is_imported(const xmlNode *at, const char *ns);
/* The file and those it includes, each surveyed; then whether their globals go together. */
rc_t xsd_read(struct compile *c, const char *file);
rc_t xsd_survey_globals(struct compile *c);
const xmlNode *xsd_global(const struct compile *c, const char *kind, const char *name);
/* What a file names and types are made of; here, so that types and remarks need not know each other both ways. */
void xsd_add_check(struct arena *a, struct plan_type *t, const struct check *check);

/* xsd_type.c: simple types, by declaration or by the name that stands at `at`. */

rc_t xsd_simple(struct compile *c, const xmlNode *decl, struct simple **out);
rc_t xsd_simple_named(struct compile *c, const xmlNode *at, const char *name, struct simple **out);
rc_t xsd_builtin(struct compile *c, const xmlNode *at, const char *name, struct simple **out);
bool xsd_is_good(struct compile *c, const struct plan_type *t, const char *value,
                 const char **normal);

/* xsd_remark.c */

/* Fill what is still empty from the documentation of a declaration; `hint` goes with `zh`. */
void xsd_titles(struct compile *c, const xmlNode *decl, const char **zh, const char **hint,
                const char **en);
/* xsd_written.c: lp:written and lp:cell, and whether all that was said of it goes together. */
rc_t xsd_written(struct compile *c, const xmlNode *at, struct plan_written *w);
rc_t xsd_cell(struct compile *c, const xmlNode *at, struct plan_cell *cell);
rc_t xsd_written_whole(struct compile *c);
/* xsd_feed.c: whether what names a feed's rows can. */
rc_t xsd_feed_whole(struct compile *c);

/* Those of the declaration's xs:appinfo; type may become the declaration's own. node NULL: no element's. */
rc_t xsd_remarks(struct compile *c, const xmlNode *decl, struct simple **type,
                 struct plan_node *node);

#endif
