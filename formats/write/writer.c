/*
 * writer.c - the walk that all forms of messages share. writer_open() turns plan and levels into a
 * tree of steps, in which every element knows its column and what the form made ready for it;
 * writing is then one walk over the tree a document, with nothing looked up by name.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cipher.h"
#include "formats/write/writer_form.h"
#include "formats/xsd/check.h"

#define BUFFER_SIZE ((size_t)128 * 1024)

/* Steps from plan and levels. */

static struct level *
level_find(const struct writer *w, const char *path)
{
    for (uint32_t i = 0; i < w->level_count; i++)
        if (strcmp(w->levels[i].path, path) == 0 && !w->levels[i].step)
            return &w->levels[i];
    return NULL;
}

static uint32_t
column_find(struct level *level, const char *column)
{
    for (uint32_t i = 1; level && i < level->rows.count; i++)
        if (strcmp(level->rows.columns[i], column) == 0) {
            level->used[i] = true;
            return i;
        }
    return NO_COLUMN;
}

static struct span
fallback_of(const char *fixed, const char *dflt)
{
    return span_of(fixed ? fixed : dflt);
}

/* An element's level has its attributes under their own names; where the row is that of the element
 * around it, the element's name comes first: amount_ccy. */
static void
attributes_build(struct writer *w, struct step *s)
{
    const struct plan_node *node = s->node;

    s->attributes = ARENA_ARRAY(w->arena, struct attribute, node->attribute_count + 1);
    s->attribute_count = node->attribute_count;
    for (uint32_t i = 0; i < node->attribute_count; i++) {
        const struct plan_attribute *plan = &node->attributes[i];
        const char *column = s->level || s == w->root
                                 ? plan->column
                                 : arena_printf(w->arena, "%s_%s", node->column, plan->column);

        s->attributes[i] = (struct attribute){
            .plan = plan,
            .fallback = fallback_of(plan->fixed, plan->dflt),
            .column = column_find(s->source, column),
        };
    }
}

static enum step_kind
kind_of(const struct plan_node *node)
{
    switch (node->kind) {
    case PLAN_SEQUENCE:
        return STEP_SEQUENCE;
    case PLAN_CHOICE:
        return STEP_CHOICE;
    case PLAN_ANY:
        return STEP_OPAQUE;
    case PLAN_ELEMENT:
        break;
    }
    if (node->foreign)
        return STEP_OPAQUE;
    return node->type ? STEP_LEAF : STEP_NODE;
}

bool
writer_is_group(const struct step *s)
{
    return s->kind == STEP_SEQUENCE || s->kind == STEP_CHOICE;
}

static void step_build(struct writer *w, struct step *s, const struct step *parent,
                       const char *path);

static void
children_build(struct writer *w, struct step *s, const struct step *element, const char *path)
{
    s->children = ARENA_ARRAY(w->arena, struct step, s->node->child_count + 1);
    s->child_count = s->node->child_count;
    for (uint32_t i = 0; i < s->child_count; i++) {
        const struct plan_node *node = s->node->children[i];
        struct step *child = &s->children[i];
        const char *below = path;

        child->node = node;
        child->kind = kind_of(node);
        child->source = s->source;
        if (!writer_is_group(child) && node->name)
            below = *path ? arena_printf(w->arena, "%s/%s", path, node->name) : node->name;
        step_build(w, child, element, below);
        s->live |= child->live;
    }
}

/* s has node, kind and, of the element around it, the source; path is its own. */
static void
step_build(struct writer *w, struct step *s, const struct step *parent, const char *path)
{
    const struct plan_node *node = s->node;

    s->parent = parent;
    s->column = NO_COLUMN;
    if (writer_is_group(s)) {
        children_build(w, s, parent, path);
        return;
    }
    if (s->kind == STEP_OPAQUE)
        return;
    if ((s->level = level_find(w, path))) {
        s->level->step = s;
        s->live = true;
    }
    if (s->level || s->kind == STEP_NODE)
        s->source = s->level;
    attributes_build(w, s);
    if (s->kind == STEP_LEAF) {
        s->column = column_find(s->source, node->column);
        s->fallback = fallback_of(node->fixed, node->dflt);
    }
    children_build(w, s, s, path);
}

/* Is a level written below s, not only at it? */
static bool
live_below(const struct step *s)
{
    for (uint32_t i = 0; i < s->child_count; i++)
        if (s->children[i].live)
            return true;
    return false;
}

/* The first repeated child of the root that levels fill; one that may also be missing must have
 * levels below it, else its rows are a list within the one document (as in a manifest). */
static struct step *
document_find(struct step *s)
{
    struct step *found = NULL;

    for (uint32_t i = 0; i < s->child_count && !found; i++) {
        struct step *child = &s->children[i];

        if (writer_is_group(child))
            found = document_find(child);
        else if (child->node->max > 1 && child->live && (child->node->min > 0 || live_below(child)))
            found = child;
    }
    return found;
}

bool
writer_is_within(const struct step *s, const struct step *outer)
{
    while (s && s != outer)
        s = s->parent;
    return s != NULL;
}

static rc_t
levels_bind(struct writer *w, struct err *e)
{
    for (uint32_t i = 0; i < w->level_count; i++) {
        struct level *level = &w->levels[i];
        const struct step *s = level->step;

        if (!s)
            return err_set(e, RC_FAIL, ERR_EXTRACT, "%s: level \"%s\": there is no such element",
                           w->plan->file, level->path);
        if (level->rows.count == 0)
            return err_set(e, RC_FAIL, ERR_EXTRACT, "%s: level \"%s\" has no columns",
                           w->plan->file, level->path);
        level->document = w->document_step && writer_is_within(s, w->document_step);
        if (s != w->root && s != w->document_step && s->node->max > 1 && live_below(s))
            return err_set(e, RC_FAIL, ERR_EXTRACT,
                           "%s: level \"%s\" repeats and has levels below it; only documents may",
                           w->plan->file, level->path);
        for (uint32_t c = 1; c < level->rows.count; c++)
            if (!level->used[c])
                return err_set(e, RC_FAIL, ERR_EXTRACT,
                               "%s: level \"%s\": column %s is no element or attribute of %s",
                               w->plan->file, level->path, level->rows.columns[c], s->node->name);
    }
    return RC_OK;
}

static struct level *
levels_copy(struct arena *a, const struct writer_level *levels, uint32_t count)
{
    struct level *copy = ARENA_ARRAY(a, struct level, count + 1);

    for (uint32_t i = 0; i < count; i++) {
        copy[i].path = levels[i].path;
        copy[i].rows = levels[i].rows;
        copy[i].used = ARENA_ARRAY(a, bool, levels[i].rows.count + 1);
    }
    return copy;
}

static const struct writer_form *
form_of(const struct plan *plan)
{
    switch (plan->written.as) {
    case WRITTEN_TEXT:
        return &textw_form;
    case WRITTEN_XLSX:
        return &bookw_form;
    case WRITTEN_XML:
        break;
    }
    return &xmlw_form;
}

rc_t
writer_open(struct writer **out, struct arena *a, const struct plan *plan,
            const struct writer_level *levels, uint32_t count, struct err *e)
{
    struct writer *w = ARENA_NEW(a, struct writer);
    const char *prefix = plan->prefix;
    rc_t rc;

    if (!*prefix && *plan->target_ns && !plan->qualified)
        prefix = "m"; /* else the unqualified children would fall into the default namespace */
    w->arena = a;
    w->plan = plan;
    w->form = form_of(plan);
    w->prefix = *prefix && *plan->target_ns ? arena_printf(a, "%s:", prefix) : "";
    w->levels = levels_copy(a, levels, count);
    w->level_count = count;
    w->root = ARENA_NEW(a, struct step);
    w->root->node = plan->root;
    w->root->kind = kind_of(plan->root);
    step_build(w, w->root, NULL, "");
    w->root_level = w->root->level;
    w->document_step = document_find(w->root);
    if ((rc = levels_bind(w, e)) != RC_OK)
        return rc;
    *out = w; /* now, since what a form opens it also closes when the rest of it fails */
    if ((rc = w->form->open(w, e)) != RC_OK)
        writer_close(out);
    return rc;
}

void
writer_fills(struct writer *w)
{
    w->fills = w->form->fillable;
}

void
writer_alone(struct writer *w)
{
    w->alone = true;
}

void
writer_counts(struct writer *w, uint64_t documents)
{
    w->expected = documents;
}

void
writer_close(struct writer **w)
{
    if (!*w)
        return;
    if ((*w)->form->close)
        (*w)->form->close(*w);
    free((*w)->buffer);
    free((*w)->scratch);
    buf_free(&(*w)->opened);
    (*w)->buffer = (*w)->scratch = NULL;
    *w = NULL;
}

/* What went wrong, and where. */

/* Within a document; what is wrong there is wrong with that document alone. */
static bool
of_document(const struct writer *w, const struct step *s)
{
    return w->document_step && writer_is_within(s, w->document_step);
}

/* "SALEMessage document 17 OrderList 3 itemNo" */
static void
place_show(const struct writer *w, const struct step *s, const char *name, char *out, size_t size)
{
    const struct step *element = s->kind == STEP_NODE ? s : s->parent;
    const struct level *level = s->source ? s->source : element ? element->source : NULL;
    bool document = of_document(w, s);
    char row[32] = "";

    if (level && level->index && level->step->node->max > 1 && level->step != w->document_step)
        snprintf(row, sizeof(row), " %" PRIu64, level->index);
    snprintf(out, size, "%s %s %" PRIu64 "%s%s%s%s%s", w->plan->root->name,
             document ? "document" : "message", document ? w->document : w->message,
             element && element != w->root ? " " : "",
             element && element != w->root ? element->node->name : "", row, name ? " " : "",
             name ? name : "");
}

rc_t
writer_fail(const struct writer *w, const struct step *s, const char *name, struct err *e,
            const char *format, ...)
{
    char place[256], what[512];
    va_list ap;

    place_show(w, s, name, place, sizeof(place));
    va_start(ap, format);
    vsnprintf(what, sizeof(what), format, ap);
    va_end(ap);
    return err_set(e, of_document(w, s) ? RC_REJECT : RC_FAIL, ERR_MESSAGE, "%s: %s", place, what);
}

static rc_t
fail_finding(const struct writer *w, const struct step *s, const char *name, bool personal,
             struct span value, const struct finding *f, struct err *e)
{
    char sentence[320], seen[128];

    err_fill(sentence, sizeof(sentence), err_text(f->code)->en, f->want);
    if (personal)
        return writer_fail(w, s, name, e, "%s", sentence);
    return writer_fail(w, s, name, e, "%s, is \"%s\"", sentence,
                       span_show(seen, sizeof(seen), value));
}

static rc_t
fail_rows(const struct writer *w, const struct level *level, struct err *e, const char *what)
{
    return err_set(e, RC_FAIL, ERR_EXTRACT, "%s: level \"%s\": %s %" PRIu64 ": %s", w->plan->file,
                   level->path, level->document ? "document" : "message", level->number, what);
}

/* Rows. */

static bool
number_parse(struct span s, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *number = 10 * *number + (uint64_t)(s.p[i] - '0');
    }
    return s.n > 0 && s.n <= 18;
}

/* Read the level's next row ahead. */
static rc_t
level_advance(const struct writer *w, struct level *level, struct err *e)
{
    uint64_t before = level->number;
    rc_t rc;

    level->row = NULL;
    rc = level->rows.next(level->rows.ctx, &level->row, e);
    if (rc == RC_END) {
        level->row = NULL;
        level->ended = true;
        return RC_OK;
    }
    if (rc != RC_OK)
        return rc;
    if (!number_parse(level->row[0], &level->number))
        return fail_rows(w, level, e, "the row after it has no number in its first column");
    if (level->number < before)
        return fail_rows(w, level, e, "rows are not ordered by their number");
    return RC_OK;
}

static bool
level_has_row(const struct writer *w, const struct level *level)
{
    return level->row && level->number == (level->document ? w->document : w->message);
}

/* Output. */

static rc_t
flush(struct writer *w, struct err *e)
{
    size_t n = w->at;

    w->at = 0;
    w->bytes += n;
    return n ? w->out.write(w->out.ctx, w->buffer, n, e) : RC_OK;
}

static char *
grow(char *p, size_t size)
{
    if (!(p = realloc(p, size)))
        BUG("out of memory");
    return p;
}

rc_t
writer_room(struct writer *w, size_t n, struct err *e)
{
    rc_t rc = flush(w, e);

    if (rc != RC_OK)
        return rc;
    if (n > w->size)
        w->buffer = grow(w->buffer, w->size = n > BUFFER_SIZE ? n : BUFFER_SIZE);
    return RC_OK;
}

/* Values. */

/* White space that the type would take away altogether. */
static bool
says_nothing(const struct plan_type *type, struct span s)
{
    if (type->space != PLAN_COLLAPSE && type->base == PLAN_STRING)
        return s.n == 0;
    for (size_t i = 0; i < s.n; i++)
        if (!span_blank(s.p[i]))
            return false;
    return true;
}

/* The value of a column, "" where there is no column or no row. */
static struct span
column_value(const struct level *source, uint32_t column)
{
    if (column == NO_COLUMN || !source->current || !source->current[column].p)
        return SPAN("");
    return source->current[column];
}

static bool
value_good(struct writer *w, const struct plan_type *type, const char *fixed, struct span value,
           struct span *normal, struct finding *f)
{
    if (value.n > w->scratch_size)
        w->scratch = grow(w->scratch, w->scratch_size = 2 * value.n);
    if (!check_value(type, value, w->scratch, normal, f))
        return false;
    if (!fixed || span_is(*normal, fixed))
        return true;
    f->code = ERR_FIXED;
    snprintf(f->want, sizeof(f->want), "%s", fixed);
    return false;
}

static rc_t
write_attribute(struct writer *w, const struct step *s, const struct attribute *a, struct err *e)
{
    const struct plan_attribute *plan = a->plan;
    struct span value = column_value(s->source, a->column), normal;
    struct finding f;

    if (says_nothing(plan->type, value))
        value = a->fallback;
    if (!value.n)
        return plan->required ? writer_fail(w, s, plan->name, e, "a required value is missing")
                              : RC_OK;
    if (!value_good(w, plan->type, plan->fixed, value, &normal, &f))
        return fail_finding(w, s, plan->name, s->node->personal, value, &f, e);
    return w->form->attribute(w, s, a, normal, e);
}

static rc_t
write_open(struct writer *w, const struct step *s, struct err *e)
{
    rc_t rc = w->form->element(w, s, e);

    for (uint32_t i = 0; i < s->attribute_count && rc == RC_OK; i++)
        rc = write_attribute(w, s, &s->attributes[i], e);
    return rc == RC_OK && s->attribute_count ? w->form->inside(w, s, e) : rc;
}

/* Its content comes from the caller. */
static rc_t
write_payload(struct writer *w, const struct step *s, struct err *e)
{
    rc_t rc = w->form->element(w, s, e);

    w->hole = w->bytes + w->at;
    return rc == RC_OK ? w->form->ended(w, s, e) : rc;
}

/* What is personal lies sealed in the database. An element that is not marked so takes none: neither the person nor the
 * sealed letters may go out. What only looks sealed is somebody's text. */
static rc_t
open_value(struct writer *w, const struct step *s, struct span *value, struct err *e)
{
    const struct plan_node *node = s->node;
    bool opens;

    if (!cipher_is_sealed(*value))
        return RC_OK;
    w->opened.n = 0;
    opens = cipher_open(&w->opened, *value);
    if (node->personal && !opens)
        return writer_fail(w, s, node->name, e, "this zone's key does not open the value");
    if (!node->personal && opens)
        return writer_fail(w, s, node->name, e,
                           "the value is personal, and the element is not marked <lp:personal/>");
    if (opens)
        *value = (struct span){w->opened.p, w->opened.n};
    return RC_OK;
}

/* One element of simple type, left out when it is optional and has no value. Most of a message
 * goes through here. */
static rc_t
write_leaf(struct writer *w, const struct step *s, struct err *e)
{
    const struct plan_node *node = s->node;
    struct span value = column_value(s->source, s->column), normal;
    struct finding f;
    rc_t rc;

    if (node->payload && w->fills)
        return write_payload(w, s, e);
    if ((rc = open_value(w, s, &value, e)) != RC_OK)
        return rc;
    if (value.n == 0 || (value.p[0] <= ' ' && says_nothing(node->type, value)))
        value = node->min > 0 ? s->fallback : SPAN("");
    if (value.n == 0)
        return node->min > 0 ? writer_fail(w, s, node->name, e, "a required value is missing")
                             : RC_OK;
    if (!value_good(w, node->type, node->fixed, value, &normal, &f))
        return fail_finding(w, s, node->name, node->personal, value, &f, e);
    if (s->attribute_count && (rc = write_open(w, s, e)) != RC_OK)
        return rc;
    return w->form->leaf(w, s, normal, e);
}

/* Structure. */

static bool
documents_left(const struct writer *w)
{
    bool rows = w->document < w->expected;

    for (uint32_t i = 0; i < w->level_count; i++)
        rows |= w->levels[i].document && w->levels[i].row;
    return rows;
}

static bool
has_content(const struct writer *w, const struct step *s)
{
    if (s == w->document_step)
        return documents_left(w);
    if (s->level)
        return level_has_row(w, s->level);
    if (s->kind == STEP_LEAF)
        return !says_nothing(s->node->type, column_value(s->source, s->column));
    for (uint32_t i = 0; i < s->child_count; i++)
        if (has_content(w, &s->children[i]))
            return true;
    return false;
}

static rc_t write_step(struct writer *w, const struct step *s, struct err *e);

static rc_t
write_children(struct writer *w, const struct step *s, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; i < s->child_count && rc == RC_OK; i++) {
        const struct step *child = &s->children[i];

        rc = child->kind == STEP_LEAF && !child->level ? write_leaf(w, child, e)
                                                       : write_step(w, child, e);
    }
    return rc;
}

static rc_t
write_element(struct writer *w, const struct step *s, struct err *e)
{
    rc_t rc;

    if (s->kind == STEP_LEAF)
        return write_leaf(w, s, e);
    if ((rc = write_open(w, s, e)) != RC_OK || (rc = write_children(w, s, e)) != RC_OK)
        return rc;
    return w->form->ended(w, s, e);
}

/* An element once for each row of its level, at most max times. */
static rc_t
write_rows(struct writer *w, const struct step *s, uint32_t max, struct err *e)
{
    struct level *level = s->level;
    rc_t rc = RC_OK;

    for (level->index = 0; rc == RC_OK && level_has_row(w, level);) {
        if (level->index++ == max)
            return writer_fail(w, s, NULL, e, "stands more than %" PRIu32 " times", max);
        level->current = level->row;
        rc = write_element(w, s, e);
        level->current = NULL;
        if (rc == RC_OK)
            rc = level_advance(w, level, e);
    }
    if (rc == RC_OK && level->index < s->node->min)
        rc = writer_fail(w, s, NULL, e, "stands %" PRIu64 " times, at least %" PRIu32 " needed",
                         level->index, s->node->min);
    level->index = 0;
    return rc;
}

/* Alternatives: as many with content as the group may repeat, and one where it must. */
static rc_t
write_choice(struct writer *w, const struct step *s, struct err *e)
{
    uint32_t found = 0;
    bool may_be_empty = s->node->min == 0;
    rc_t rc = RC_OK;

    for (uint32_t i = 0; i < s->child_count && rc == RC_OK; i++) {
        may_be_empty |= s->children[i].node->min == 0;
        if (!has_content(w, &s->children[i]))
            continue;
        if (found++ == s->node->max)
            return writer_fail(w, s, s->children[i].node->name, e,
                               "excludes the alternative before it");
        rc = write_step(w, &s->children[i], e);
    }
    if (rc == RC_OK && !found && !may_be_empty)
        rc = writer_fail(w, s, s->child_count ? s->children[0].node->name : NULL, e,
                         "or one of its alternatives is required");
    return rc;
}

static rc_t
write_document(struct writer *w, struct err *e)
{
    const struct step *s = w->document_step;
    rc_t rc = s->level ? write_rows(w, s, 1, e) : write_element(w, s, e);

    for (uint32_t i = 0; i < w->level_count && rc == RC_OK; i++)
        if (w->levels[i].document && level_has_row(w, &w->levels[i])) {
            fail_rows(w, &w->levels[i], e, "has rows that the format has no place for");
            rc = RC_REJECT;
        }
    w->documents++;
    return rc;
}

/* The smallest number that any of the document's levels has; of documents that are counted also one
 * that has no rows at all, which write_document() then misses. */
static bool
document_next(struct writer *w)
{
    const uint64_t after = w->document + 1;
    bool found = false;

    for (uint32_t i = 0; i < w->level_count; i++) {
        const struct level *level = &w->levels[i];

        if (level->document && level->row && (!found || level->number < w->document)) {
            w->document = level->number;
            found = true;
        }
    }
    if (after <= w->expected && (!found || w->document > after)) {
        w->document = after;
        found = true;
    }
    return found;
}

static rc_t
write_documents(struct writer *w, struct err *e)
{
    const struct plan_node *node = w->document_step->node;
    uint32_t max = w->max_documents && w->max_documents < node->max ? w->max_documents : node->max;
    rc_t rc = RC_OK;

    while (rc == RC_OK && w->documents < max && document_next(w))
        rc = write_document(w, e);
    if (rc == RC_OK && w->documents < node->min)
        rc = writer_fail(w, w->root, node->name, e,
                         "stands %" PRIu64 " times, at least %" PRIu32 " needed", w->documents,
                         node->min);
    return rc;
}

/* Only the first of them below the root can be filled. */
static rc_t
write_opaque(struct writer *w, const struct step *s, struct err *e)
{
    bool ours = s->parent == w->root && !w->hole;

    if (ours)
        w->hole = w->bytes + w->at;
    if (s->node->min == 0 || (ours && w->fills))
        return RC_OK;
    return writer_fail(w, s, NULL, e, "is required, but nothing fills it");
}

static rc_t
write_step(struct writer *w, const struct step *s, struct err *e)
{
    if (s == w->document_step)
        return write_documents(w, e);
    if (s->level)
        return write_rows(w, s, s->node->max, e);
    switch (s->kind) {
    case STEP_LEAF:
        return write_leaf(w, s, e);
    case STEP_CHOICE:
        return write_choice(w, s, e);
    case STEP_OPAQUE:
        return write_opaque(w, s, e);
    case STEP_SEQUENCE:
        return s->node->min > 0 || has_content(w, s) ? write_children(w, s, e) : RC_OK;
    case STEP_NODE:
        break;
    }
    return s->node->min > 0 || has_content(w, s) ? write_element(w, s, e) : RC_OK;
}

/* Messages. */

/* Read every level's first row; after that each level is one row ahead. */
static rc_t
start(struct writer *w, struct err *e)
{
    rc_t rc = RC_OK;

    if (w->started)
        return RC_OK;
    w->started = true;
    for (uint32_t i = 0; i < w->level_count && rc == RC_OK; i++)
        rc = level_advance(w, &w->levels[i], e);
    return rc;
}

/* RC_END when nothing is left for a further message. */
static rc_t
message_begin(struct writer *w, uint64_t message, struct err *e)
{
    bool rows = false;
    rc_t rc;

    w->message = message;
    w->documents = w->bytes = w->hole = 0;
    w->at = 0;
    if ((rc = start(w, e)) != RC_OK)
        return rc;
    for (uint32_t i = 0; i < w->level_count; i++) {
        struct level *level = &w->levels[i];

        if (!level->document && level->row && level->number < message)
            return fail_rows(w, level, e, "the message was written without this row");
        rows |= level->row != NULL;
    }
    return w->alone || (w->document_step ? documents_left(w) : rows) ? RC_OK : RC_END;
}

static rc_t
message_write(struct writer *w, struct err *e)
{
    rc_t rc = w->form->begin(w, e);

    if (w->root_level && level_has_row(w, w->root_level))
        w->root_level->current = w->root_level->row;
    if (rc == RC_OK)
        rc = write_element(w, w->root, e);
    if (w->root_level && w->root_level->current) {
        w->root_level->current = NULL;
        if (rc == RC_OK)
            rc = level_advance(w, w->root_level, e);
    }
    for (uint32_t i = 0; i < w->level_count && rc == RC_OK; i++)
        if (!w->levels[i].document && level_has_row(w, &w->levels[i]))
            rc = fail_rows(w, &w->levels[i], e, "has rows that the format has no place for");
    if (rc == RC_OK)
        rc = w->form->end(w, e);
    return rc == RC_OK ? flush(w, e) : rc;
}

rc_t
writer_message(struct writer *w, uint64_t message, uint32_t max_documents, struct sink out,
               struct writer_done *done, struct err *e)
{
    rc_t rc;

    *done = (struct writer_done){0};
    w->out = out;
    w->max_documents = max_documents;
    rc = message_begin(w, message, e);
    if (rc == RC_OK)
        rc = message_write(w, e);
    done->document = w->document;
    if (rc != RC_OK)
        return rc;
    done->documents = w->document_step ? w->documents : 1;
    done->bytes = w->bytes;
    done->hole = w->form->fillable ? w->hole : 0;
    return RC_OK;
}

/* The rows of the document at hand that have not been read. */
static rc_t
skip_document(struct writer *w, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; i < w->level_count; i++) {
        struct level *level = &w->levels[i];

        level->current = NULL;
        level->index = 0;
        while (rc == RC_OK && level->document && level_has_row(w, level))
            rc = level_advance(w, level, e);
    }
    return rc;
}

static rc_t
drop(void *ctx, const void *p, size_t n, struct err *e)
{
    (void)ctx, (void)p, (void)n, (void)e;
    return RC_OK;
}

rc_t
writer_faults(struct writer *w, writer_fault fault, void *ctx, struct err *e)
{
    rc_t rc = start(w, e);

    w->out = (struct sink){drop, NULL};
    w->dry = true;
    w->at = 0;
    if (rc == RC_OK)
        rc = skip_document(w, e);
    while (rc == RC_OK && w->document_step && document_next(w)) {
        struct err own = {0};

        rc = write_document(w, &own);
        if (rc == RC_REJECT) {
            fault(ctx, w->document, &own);
            rc = skip_document(w, e);
        } else if (rc != RC_OK && e)
            *e = own;
    }
    return rc;
}
