/*
 * sample_feed.c - landport sample feed: rows of any feed, made of what its XSD gives as examples.
 *
 * Where an example counts (schema.h), its last number goes up from row to row, over those that its
 * checks refuse. What would be refused as an example (check.h) begins with another word. The same example counts the same way in each feed, so that files of several feeds
 * speak of the same things.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command/format.h"
#include "formats/read/csv.h"
#include "formats/write/template.h"
#include "formats/write/wants.h"
#include "sample/sample.h"
#include "show.h"

#define ROWS_MAX  1000000
#define TRIES     1000
#define VALUE_MAX 300

struct counting {
    const struct plan_node *node;
    const char *example;
    size_t before, digits; /* where its last number stands, and how long it is */
    uint64_t number;
};

static void
find_number(struct counting *c)
{
    size_t end = strlen(c->example);

    while (end > 0 && (c->example[end - 1] < '0' || c->example[end - 1] > '9'))
        end--;
    c->before = end;
    while (c->before > 0 && c->example[c->before - 1] >= '0' && c->example[c->before - 1] <= '9' &&
           end - c->before < 18)
        c->before--;
    c->digits = end - c->before;
    c->number = strtoull(c->example + c->before, NULL, 10);
}

/* The next value that the column takes. */
static rc_t
count_on(struct counting *c, char out[VALUE_MAX], struct err *e)
{
    char scratch[VALUE_MAX];
    struct finding f;
    struct span normal;

    for (int i = 0; c->digits && i < TRIES; i++) {
        int n = snprintf(out, VALUE_MAX, "%.*s%0*" PRIu64 "%s", (int)c->before, c->example,
                         (int)c->digits, c->number++, c->example + c->before + c->digits);

        if (n < VALUE_MAX && check_value(c->node->type, span_of(out), scratch, &normal, &f))
            return RC_OK;
    }
    return err_set(e, RC_FAIL, ERR_SCHEMA, "column %s: no value after %s; take fewer rows",
                   c->node->name, out);
}

static rc_t
put_row(struct buf *text, struct counting *columns, uint32_t count, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < count; i++) {
        char value[VALUE_MAX] = "";

        buf_str(text, i ? "," : "");
        if (columns[i].node->counts)
            rc = count_on(&columns[i], value, e);
        csv_put(text, span_of(columns[i].node->counts ? value : columns[i].example), ',');
    }
    buf_str(text, "\r\n");
    return rc;
}

/* EXAMPLE0001 of a template is refused, SAMPLE0001 is a row like any. */
static const char *
as_data(struct arena *a, const char *example)
{
    return check_is_example(span_of(example))
               ? arena_printf(a, "SAMPLE%s", example + sizeof(CHECK_EXAMPLE) - 1)
               : example;
}

static rc_t
columns_of(struct counting **columns, struct arena *a, const struct plan *plan, struct err *e)
{
    const struct plan_node *root = plan->root;

    *columns = ARENA_ARRAY(a, struct counting, root->child_count);
    for (uint32_t i = 0; i < root->child_count; i++) {
        struct counting *c = &(*columns)[i];

        c->node = root->children[i];
        if (!(c->example = wants_example(a, c->node)) || strlen(c->example) >= VALUE_MAX)
            return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: column %s has no example", plan->file,
                           c->node->name);
        c->example = as_data(a, c->example);
        find_number(c);
    }
    return RC_OK;
}

rc_t
sample_feed(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *rows = "20", *file = NULL;
    const struct option options[] = {
        {"--rows", &rows, NULL},
        {"-o",     &file, NULL},
        {NULL,     NULL,  NULL},
    };
    struct counting *columns;
    struct buf text = {0};
    struct plan *plan;
    char *end;
    uint64_t n;
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 1, "sample feed FEED [--rows N] [-o FILE]", e)) !=
        RC_OK)
        return rc;
    n = strtoull(rows, &end, 10);
    if (*rows < '0' || *rows > '9' || *end || !n || n > ROWS_MAX)
        return err_set(e, RC_FAIL, ERR_USAGE, "--rows %s: must be 1 to %d", rows, ROWS_MAX);
    if ((rc = format_named_feed(&plan, hub, argv[1], e)) != RC_OK ||
        (rc = columns_of(&columns, hub->arena, plan, e)) != RC_OK)
        return rc;
    template_header(&text, plan, false);
    while (rc == RC_OK && n--)
        rc = put_row(&text, columns, plan->root->child_count, e);
    if (rc == RC_OK)
        rc = format_write(hub, plan->root->name, file, text.p, text.n, e);
    buf_free(&text);
    return rc;
}
