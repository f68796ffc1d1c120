/*
 * required.c - does some level give each value that a message cannot be without? Plan and columns say so before there
 * is a row.
 */
#include "formats/write/writer_form.h"

struct asking {
    const struct writer *w;
    const struct step *step;     /* the first at fault; NULL: none so far */
    const char *column, *wanted; /* what no level gives, and who wants it */
};

static void
lacks(struct asking *q, const struct step *s, const char *column, const char *wanted)
{
    if (!q->step)
        *q = (struct asking){q->w, s, column, wanted};
}

static bool
is_given(uint32_t column, struct span fallback)
{
    return column != NO_COLUMN || fallback.n > 0;
}

/* Could it have content, with the right rows? */
static bool
may_hold(const struct writer *w, const struct step *s)
{
    if (s->level || s == w->document_step || (s->kind == STEP_LEAF && s->column != NO_COLUMN))
        return true;
    for (uint32_t i = 0; i < s->child_count; i++)
        if (may_hold(w, &s->children[i]))
            return true;
    return false;
}

/* Where one of several must stand, one of them must be able to. */
static void
ask_choice(struct asking *q, const struct step *s)
{
    for (uint32_t i = 0; i < s->child_count; i++)
        if (s->children[i].kind == STEP_OPAQUE || s->children[i].node->min == 0 ||
            may_hold(q->w, &s->children[i]))
            return;
    if (s->child_count && s->node->min > 0)
        lacks(
            q, s, s->children[0].node->column,
            arena_printf(q->w->arena, "%s or one of its alternatives", s->children[0].node->name));
}

static void
ask_values(struct asking *q, const struct step *s)
{
    for (uint32_t i = 0; i < s->attribute_count; i++)
        if (s->attributes[i].plan->required &&
            !is_given(s->attributes[i].column, s->attributes[i].fallback))
            lacks(q, s, s->attributes[i].plan->column, s->attributes[i].plan->name);
    if (s->kind == STEP_LEAF && s->node->min > 0 && !s->node->payload &&
        !is_given(s->column, s->fallback))
        lacks(q, s, s->node->column, s->node->name);
}

/* `sure`: what is around it is written with it, whatever the rows say. A level's element has a row where it is written. */
static void
ask_step(struct asking *q, const struct step *s, bool sure)
{
    bool rows = s->level || s == q->w->document_step;

    if (s->kind == STEP_OPAQUE)
        return;
    sure = rows || s == q->w->root || (sure && s->node->min > 0);
    if (sure && s->kind == STEP_CHOICE)
        ask_choice(q, s);
    else if (sure && !writer_is_group(s))
        ask_values(q, s);
    for (uint32_t i = 0; i < s->child_count; i++)
        ask_step(q, &s->children[i], sure && s->kind != STEP_CHOICE);
}

rc_t
writer_required(const struct writer *w, uint32_t *level, struct err *e)
{
    struct asking q = {.w = w};
    const struct level *l;

    *level = w->level_count;
    ask_step(&q, w->root, true);
    if (!q.step)
        return RC_OK;
    if (!(l = q.step->source))
        return err_set(e, RC_FAIL, ERR_EXTRACT, "no level gives a column %s; %s:%d requires %s",
                       q.column, w->plan->file, q.step->node->line, q.wanted);
    *level = (uint32_t)(l - w->levels);
    return err_set(e, RC_FAIL, ERR_EXTRACT, "level \"%s\" gives no column %s; %s:%d requires %s",
                   l->path, q.column, w->plan->file, q.step->node->line, q.wanted);
}
