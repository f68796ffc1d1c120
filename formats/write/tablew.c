/*
 * tablew.c - a plan becomes columns, what the walk tells becomes rows.
 */
#include "formats/write/tablew.h"

#include <stdlib.h>

/* Slots. */

static uint32_t
slots_wanted(const struct step *s)
{
    uint32_t n = s->attribute_count + (s->kind == STEP_LEAF);

    for (uint32_t i = 0; i < s->child_count; i++)
        n += slots_wanted(&s->children[i]);
    return n;
}

static struct slot *
slot_add(struct table *t, const struct step *s, const struct attribute *a,
         const struct plan_type *type)
{
    struct slot *slot = &t->slots[t->count++];

    *slot = (struct slot){.step = s, .attribute = a, .type = type};
    return slot;
}

/* The attributes of an element, its value, and then what lies in it. */
static void
slots_build(struct table *t, struct step *s)
{
    s->slot_first = t->count;
    for (uint32_t i = 0; i < s->attribute_count; i++) {
        s->attributes[i].slot = t->count;
        slot_add(t, s, &s->attributes[i], s->attributes[i].plan->type);
    }
    if (s->kind == STEP_LEAF) {
        s->slot = t->count;
        slot_add(t, s, NULL, s->node->type)->cell = s->node->cell;
    }
    for (uint32_t i = 0; i < s->child_count; i++)
        slots_build(t, &s->children[i]);
    s->slot_end = t->count;
}

/* Rows. */

static rc_t
refuse(const struct writer *w, const struct step *s, struct err *e, const char *what)
{
    return err_set(e, RC_FAIL, ERR_SCHEMA, "%s:%d: %s %s", w->plan->file, s->node->line,
                   s->node->name, what);
}

/* The level that repeats innermost; what repeats beside it has no place in a table. */
static rc_t
row_find(const struct writer *w, struct table *t, const struct step *s, struct err *e)
{
    rc_t rc = RC_OK;

    if (s != w->root && s->level && s->node->max > 1) {
        if (t->row && !writer_is_within(s, t->row))
            return refuse(w, s, e,
                          "repeats beside other elements that do; a table has one kind of rows");
        t->row = s;
    }
    for (uint32_t i = 0; i < s->child_count && rc == RC_OK; i++)
        rc = row_find(w, t, &s->children[i], e);
    return rc;
}

static rc_t
rows_find(const struct writer *w, struct table *t, struct err *e)
{
    rc_t rc;

    t->row = t->document = w->document_step;
    if ((rc = row_find(w, t, w->root, e)) != RC_OK)
        return rc;
    if (!t->row)
        t->row = w->root;
    return RC_OK;
}

static bool
is_once(const struct writer *w, const struct table *t, const struct step *s)
{
    return t->row != w->root ? !writer_is_within(s, t->document ? t->document : t->row)
                             : s->node->cell.row > 0 || w->plan->written.head != WRITTEN_COLUMNS;
}

static rc_t
slot_place(const struct writer *w, struct table *t, struct slot *slot, uint32_t n, struct err *e)
{
    const struct plan_written *how = &w->plan->written;
    const bool is_filled = slot->attribute || !slot->step->node->payload;

    slot->is_once = is_once(w, t, slot->step);
    slot->behind = n >= t->row->slot_end && t->row != w->root;
    if (slot->cell.row && !slot->is_once)
        return refuse(w, slot->step, e,
                      "stands in each row; lp:cell names its column, not one cell of the sheet");
    if (slot->cell.column && !slot->cell.row && slot->is_once)
        return refuse(w, slot->step, e,
                      "stands once in the message; lp:cell names its one cell, not a column");
    if (slot->cell.row)
        slot->kind = SLOT_CELL;
    else if (slot->is_once && how->head != WRITTEN_COLUMNS)
        slot->kind = how->head == WRITTEN_LINE ? SLOT_LINE : SLOT_DROPPED;
    else
        slot->kind = is_filled ? SLOT_COLUMN : SLOT_DROPPED;
    if (slot->behind && (slot->kind == SLOT_COLUMN || slot->kind == SLOT_LINE))
        return refuse(w, slot->step, e,
                      "stands behind the rows in the schema, and they are written before it is "
                      "known; put it before them");
    return RC_OK;
}

/* Columns. */

static uint32_t
column_after(const struct writer *w, const struct table *t)
{
    if (!t->column_count)
        return w->plan->written.start.column;
    return t->slots[t->columns[t->column_count - 1]].cell.column + 1;
}

/* Each at the column it names or at the next one; in a sheet they go from left to right. */
static rc_t
column_add(const struct writer *w, struct table *t, uint32_t n, struct err *e)
{
    struct slot *slot = &t->slots[n];
    const uint32_t next = column_after(w, t);

    if (slot->cell.column && slot->cell.column < next)
        return refuse(w, slot->step, e,
                      "names a column that is no further right than that of the value before it");
    if (!slot->cell.column)
        slot->cell.column = next;
    t->columns[t->column_count++] = n;
    return RC_OK;
}

const char *
tablew_heading(const struct writer *w, const struct slot *s)
{
    const struct plan_attribute *a = s->attribute ? s->attribute->plan : NULL;
    const char *title = a ? a->title : s->step->node->title;

    if (w->plan->written.header == WRITTEN_NO_HEADER)
        return "";
    if (w->plan->written.header == WRITTEN_TITLES && *title)
        return title;
    return a ? a->name : s->step->node->name;
}

/* Titles may repeat, as printed forms have them; names are how a program finds its column. */
static rc_t
names_differ(const struct writer *w, const struct table *t, struct err *e)
{
    if (w->plan->written.header != WRITTEN_NAMES)
        return RC_OK;
    for (uint32_t i = 0; i < t->column_count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(tablew_heading(w, &t->slots[t->columns[i]]),
                       tablew_heading(w, &t->slots[t->columns[j]])) == 0)
                return refuse(w, t->slots[t->columns[i]].step, e,
                              "gives the header a name twice; say header=\"titles\" or \"none\"");
    return RC_OK;
}

rc_t
tablew_open(struct writer *w, struct table *t, struct err *e)
{
    const uint32_t wanted = slots_wanted(w->root);
    rc_t rc;

    w->own = t;
    t->slots = ARENA_ARRAY(w->arena, struct slot, wanted + 1);
    t->columns = ARENA_ARRAY(w->arena, uint32_t, wanted + 1);
    slots_build(t, w->root);
    if ((rc = rows_find(w, t, e)) != RC_OK)
        return rc;
    for (uint32_t i = 0; i < t->count; i++) {
        if ((rc = slot_place(w, t, &t->slots[i], i, e)) != RC_OK)
            return rc;
        if (t->slots[i].kind == SLOT_COLUMN && (rc = column_add(w, t, i, e)) != RC_OK)
            return rc;
    }
    return names_differ(w, t, e);
}

void
tablew_close(struct table *t)
{
    for (uint32_t i = 0; t && i < t->count; i++)
        buf_free(&t->slots[i].value);
}

/* What the walk tells. */

rc_t
tablew_element(struct writer *w, const struct step *s, struct err *e)
{
    struct table *t = w->own;

    (void)e;
    for (uint32_t i = s->slot_first; i < s->slot_end; i++)
        t->slots[i].value.n = 0;
    if (s == t->document || s == w->root)
        t->rowed = false;
    return RC_OK;
}

static rc_t
slot_keep(struct writer *w, uint32_t n, struct span value, struct err *e)
{
    struct table *t = w->own;
    struct slot *slot = &t->slots[n];

    slot->value.n = 0;
    return slot->kind == SLOT_DROPPED ? RC_OK : t->keep(w, slot, value, e);
}

static rc_t
row_ends(struct writer *w, struct err *e)
{
    struct table *t = w->own;

    t->rowed = true;
    return t->column_count && !w->dry ? t->emit(w, e) : RC_OK;
}

rc_t
tablew_attribute(struct writer *w, const struct step *s, const struct attribute *a,
                 struct span value, struct err *e)
{
    (void)s;
    return slot_keep(w, a->slot, value, e);
}

rc_t
tablew_inside(struct writer *w, const struct step *s, struct err *e)
{
    (void)w, (void)s, (void)e;
    return RC_OK;
}

rc_t
tablew_leaf(struct writer *w, const struct step *s, struct span value, struct err *e)
{
    const struct table *t = w->own;
    rc_t rc = slot_keep(w, s->slot, value, e);

    return rc == RC_OK && s == t->row ? row_ends(w, e) : rc;
}

/* A document without rows of its own is told all the same. */
rc_t
tablew_ended(struct writer *w, const struct step *s, struct err *e)
{
    const struct table *t = w->own;

    if (s == t->row || (s == t->document && !t->rowed))
        return row_ends(w, e);
    return RC_OK;
}
