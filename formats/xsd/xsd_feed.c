/* xsd_feed.c - what the columns of a feed say together: what names its rows, and what its lines are. */
#include "formats/xsd/xsd.h"

#define FEED_NAME_MAX 40 /* so that tables can be named after it */

bool
schema_names_row(const struct plan_node *column)
{
    return column->issuer || column->number || column->key;
}

/* Names of tables are made of it, and file names begin with it. */
static rc_t
check_name(struct compile *c, const char *feed)
{
    static const char *const ours[] = {"trade", "void", "report"};
    size_t n = strspn(feed, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (feed[n] || n > FEED_NAME_MAX || feed[0] < 'a')
        return xsd_refuse(c, c->root,
                          "lp:feed name=\"%s\" must be small letters, digits and _, a letter "
                          "first, and at most %d",
                          feed, FEED_NAME_MAX);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(feed, ours[i]) == 0)
            return xsd_refuse(c, c->root,
                              "lp:feed name=\"%s\" is what messages of ours are told of (what in "
                              "asked_message.tsv); name the feed otherwise",
                              feed);
    return RC_OK;
}

static const struct plan_node *
column_of(const struct plan_node *root, const char *name)
{
    for (uint32_t i = 0; i < root->child_count; i++)
        if (root->children[i]->type && strcmp(root->children[i]->name, name) == 0)
            return root->children[i];
    return NULL;
}

static bool
is_always_there(const struct plan_node *column)
{
    return column->min > 0 || column->dflt;
}

/* What rows are found by is compared as the text that stands in the file, and is shown. */
static rc_t
check_naming(struct compile *c, const struct plan_node *column, const char *remark)
{
    if (column->type->base != PLAN_STRING)
        return xsd_refuse(c, c->root, "%s is lp:%s and a number; make it a text", column->name,
                          remark);
    if (column->personal)
        return xsd_refuse(c, c->root,
                          "%s is lp:%s and lp:personal; rows are not named by what is "
                          "a person's",
                          column->name, remark);
    return RC_OK;
}

static rc_t
check_other(struct compile *c, const struct plan_node *column, const char *remark,
            const char *other)
{
    const struct plan_node *found = other ? column_of(c->plan->root, other) : NULL;

    if (!other)
        return RC_OK;
    if (!found)
        return xsd_refuse(c, c->root, "else=\"%s\" of %s is no column of %s", other, column->name,
                          c->plan->feed);
    return check_naming(c, found, remark);
}

/* A row without a name would be found by nobody, and kept nowhere. Of feeds with tables of their own a rule may
 * see to the other column. */
static rc_t
check_there(struct compile *c, const struct plan_node *column)
{
    const char *other = column->issuer ? column->issuer_else : column->key_else;
    const struct plan_node *spare = other ? column_of(c->plan->root, other) : NULL;
    bool there = spare && (c->plan->rows_table || strcmp(c->plan->rows, c->plan->feed) ||
                           is_always_there(spare));

    /* else of an issuer stands for one value of it, else of a part for one that is not there */
    if (column->issuer)
        there = is_always_there(column) && (!spare || there);
    else
        there = there || is_always_there(column);
    return there ? RC_OK
                 : xsd_refuse(c, c->root,
                              "rows are named by %s, which need not be there; leave out minOccurs, "
                              "or name in else=\"…\" a column that must be there",
                              spare ? spare->name : column->name);
}

/* Columns of tables: PostgreSQL cuts longer names off. */
static rc_t
check_columns(struct compile *c)
{
    const struct plan_node *root = c->plan->root;

    for (uint32_t i = 0; i < root->child_count; i++) {
        const struct plan_node *column = root->children[i];

        if (!column->type)
            continue;
        if (strlen(column->column) > 63)
            return xsd_refuse(c, c->root,
                              "the column of %s has more than 63 bytes; name it shorter",
                              column->name);
    }
    return RC_OK;
}

static const struct plan_node *
first_line_column(const struct plan_node *root)
{
    for (uint32_t i = 0; i < root->child_count; i++)
        if (root->children[i]->line_part)
            return root->children[i];
    return NULL;
}

static bool
is_of_lines(const struct plan_node *root, const struct plan_node *column)
{
    bool of_lines = false;

    for (uint32_t i = 0; i < root->child_count; i++) {
        of_lines = of_lines || root->children[i]->line_part;
        if (root->children[i] == column)
            return of_lines;
    }
    return false;
}

/* Rows of one thing are known by their head, and its name is part of that: else one thing would be taken for several, or
 * several for one, and lines of it lost. */
static rc_t
check_head(struct compile *c, const struct plan_node *column, const char *remark)
{
    const struct plan_node *root = c->plan->root;

    if (!column || !is_of_lines(root, column))
        return RC_OK;
    return xsd_refuse(c, c->root,
                      "%s is %s and stands at or behind %s, which is lp:line; what a thing says "
                      "once stands before its lines",
                      column->name, remark, first_line_column(root)->name);
}

static rc_t
check_heads(struct compile *c, const struct plan_node *column)
{
    const struct plan_node *root = c->plan->root;
    const char *other = column->issuer ? column->issuer_else : column->key_else;
    const char *remark = column->issuer    ? "lp:issuer"
                         : column->number  ? "lp:number"
                         : column->key     ? "lp:key"
                         : column->control ? "lp:control"
                                           : NULL;
    rc_t rc = remark ? check_head(c, column, remark) : RC_OK;

    return rc == RC_OK && other ? check_head(c, column_of(root, other), "an else=\"…\" of its name")
                                : rc;
}

/* The ack adds up each thing once. */
static rc_t
check_sums(struct compile *c)
{
    const struct plan *plan = c->plan;
    const char *remark =
        plan->sum == plan->amount
            ? "what the ack adds up once a thing (lp:totals; name another by lp:sum)"
            : "lp:sum, which the ack adds up once a thing,";
    rc_t rc = check_head(c, plan->sum, remark);

    return rc == RC_OK ? check_head(c, plan->sum_by, "what the ack's sum is told by") : rc;
}

static rc_t
check_column(struct compile *c, const struct plan_node *column)
{
    rc_t rc = schema_names_row(column) ? check_there(c, column) : RC_OK;

    if (rc != RC_OK)
        return rc;
    if (column->issuer && (rc = check_naming(c, column, "issuer")) == RC_OK)
        rc = check_other(c, column, "issuer", column->issuer_else);
    if (rc == RC_OK && column->number)
        rc = check_naming(c, column, "number");
    if (rc == RC_OK && column->key && (rc = check_naming(c, column, "key")) == RC_OK)
        rc = check_other(c, column, "key", column->key_else);
    if (rc == RC_OK && column->line_part && column->type->base != PLAN_INTEGER)
        rc = xsd_refuse(c, c->root, "%s is lp:line, which numbers the rows; make it an xs:integer",
                        column->name);
    return rc;
}

rc_t
xsd_feed_whole(struct compile *c)
{
    const struct plan_node *root = c->plan->root;
    uint32_t issuers = 0, numbers = 0;
    struct plan *plan = c->plan;
    rc_t rc = plan->feed ? check_name(c, plan->feed) : RC_OK;

    if (rc == RC_OK && plan->feed)
        rc = check_columns(c);
    for (uint32_t i = 0; rc == RC_OK && plan->feed && i < root->child_count; i++) {
        const struct plan_node *column = root->children[i];

        if (!column->type)
            continue;
        issuers += column->issuer;
        numbers += column->number;
        if ((rc = check_column(c, column)) == RC_OK)
            rc = check_heads(c, column);
    }
    if (!plan->sum) {
        plan->sum = plan->amount;
        plan->sum_by = plan->currency;
    }
    if (rc == RC_OK && plan->feed)
        rc = check_sums(c);
    if (rc != RC_OK || !(issuers + numbers))
        return rc;
    if (issuers != 1 || numbers != 1)
        return xsd_refuse(
            c, c->root,
            "%u columns are lp:issuer and %u lp:number; mark one each: who gave a row "
            "its number, and the number",
            issuers, numbers);
    return RC_OK;
}
