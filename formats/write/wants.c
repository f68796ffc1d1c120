#include "formats/write/wants.h"

#include <stdio.h>

#include "formats/xsd/codes.h"

/* ---- wants ---- */

/* A type that takes everything, to which one facet at a time is added. */
static const struct plan_type any = {.space = PLAN_PRESERVE,
                                     .length = -1,
                                     .min_length = -1,
                                     .max_length = -1,
                                     .total_digits = -1,
                                     .fraction_digits = -1};

struct list {
    struct finding *wants;
    uint32_t count;
    struct arena *a;
};

static void
ask(struct list *l, const struct plan_type *facet, struct span bad)
{
    struct finding f = {0};
    struct span normal;
    char *scratch = arena_alloc(l->a, bad.n + 1);

    if (l->count < WANTS_MAX && !check_value(facet, bad, scratch, &normal, &f))
        l->wants[l->count++] = f;
}

static struct span
repeated(struct arena *a, const char *before, char c, int32_t n)
{
    size_t head = strlen(before);
    char *p = arena_alloc(a, head + (size_t)n + 1);

    memcpy(p, before, head);
    memset(p + head, c, (size_t)n);
    return (struct span){p, head + (size_t)n};
}

static void
ask_lengths(struct list *l, const struct plan_type *t)
{
    struct plan_type one = any;

    one.length = t->length;
    if (t->length > 0)
        ask(l, &one, SPAN(""));
    one = any;
    one.min_length = t->min_length;
    if (t->min_length > 1) /* 1 only says that it is required */
        ask(l, &one, SPAN(""));
    one = any;
    one.max_length = t->max_length;
    if (t->max_length >= 0)
        ask(l, &one, repeated(l->a, "", 'x', t->max_length + 1));
}

/* A number that is below, or above, all bounds. */
#define LOWEST  SPAN("-9999999999999999999999999999999999999999")
#define HIGHEST SPAN("9999999999999999999999999999999999999999")

static void
ask_numbers(struct list *l, const struct plan_type *t)
{
    struct plan_type one = any;

    if (t->base == PLAN_STRING)
        return;
    one.base = t->base;
    ask(l, &one, SPAN("x"));
    one.total_digits = t->total_digits;
    if (t->total_digits >= 0)
        ask(l, &one, repeated(l->a, "", '1', t->total_digits + 1));
    one.total_digits = -1;
    one.fraction_digits = t->fraction_digits;
    if (t->base == PLAN_DECIMAL && t->fraction_digits >= 0)
        ask(l, &one, repeated(l->a, "0.", '1', t->fraction_digits + 1));
    one.fraction_digits = -1;
    one.min = t->min;
    one.min_exclusive = t->min_exclusive;
    if (t->min)
        ask(l, &one, LOWEST);
    one.min = NULL;
    one.max = t->max;
    one.max_exclusive = t->max_exclusive;
    if (t->max)
        ask(l, &one, HIGHEST);
}

static void
ask_words(struct list *l, const struct plan_type *t)
{
    static const struct span strange = {"\xEF\xBF\xBD", 3}; /* in no list and no table */
    struct plan_type one = any;
    const struct codes_row *words;
    size_t count;

    one.base = t->base;
    one.values = t->values;
    if (t->values)
        ask(l, &one, t->base == PLAN_STRING ? strange : HIGHEST);
    for (size_t i = 0; t->patterns && t->patterns[i] && l->count < WANTS_MAX; i++) {
        struct finding *f = &l->wants[l->count++];

        f->code = ERR_PATTERN;
        snprintf(f->want, sizeof f->want, "%s", t->patterns[i]);
    }
    one = any;
    one.codes = t->codes;
    one.day = "";
    if (t->codes)
        ask(l, &one, strange);
    one = any;
    one.never = t->never;
    if (t->never && (words = codes_rows(t->never, &count), count))
        ask(l, &one, span_of(words->code));
    for (const struct check **check = t->checks; check && *check; check++) {
        const struct check *single[] = {*check, NULL};

        one = any;
        one.checks = single;
        ask(l, &one, SPAN(""));
    }
}

uint32_t
wants_of(const struct plan_type *type, struct finding wants[WANTS_MAX])
{
    struct list l = {wants, 0, arena_new("wants")};

    ask_lengths(&l, type);
    ask_numbers(&l, type);
    ask_words(&l, type);
    arena_free(&l.a);
    return l.count;
}

/* ---- an example ---- */

static bool
fits(struct arena *a, const struct plan_node *column, struct span value, const char **normal)
{
    struct finding f;
    struct span out;

    if (!value.p || (!value.n && column->min) ||
        !check_value(column->type, value, arena_alloc(a, value.n + 1), &out, &f))
        return false;
    *normal = arena_span(a, out);
    return true;
}

/* The text's first n characters. */
static struct span
shortened(struct span text, int32_t n)
{
    size_t at = 0;

    for (; at < text.n && n > 0; n--)
        do
            at++;
        while (at < text.n && ((unsigned char)text.p[at] & 0xC0) == 0x80);
    return (struct span){text.p, at};
}

static bool
example_from_lists(struct arena *a, const struct plan_node *column, const char **out)
{
    const struct plan_type *t = column->type;
    const struct codes_row *rows;
    size_t count = 0;

    if (fits(a, column, span_of(column->example), out) ||
        fits(a, column, span_of(column->fixed), out) || fits(a, column, span_of(column->dflt), out))
        return true;
    if (t->values && fits(a, column, span_of(t->values[0]), out))
        return true;
    for (const struct check **check = t->checks; check && *check; check++)
        if (fits(a, column, span_of((*check)->example), out))
            return true;
    if (t->codes)
        for (rows = codes_rows(t->codes, &count); count; rows++, count--)
            if (fits(a, column, span_of(rows->code), out))
                return true;
    return false;
}

static bool
example_from_form(struct arena *a, const struct plan_node *column, const char **out)
{
    const struct plan_type *t = column->type;
    struct span title = span_of(*column->title ? column->title : column->name);

    if (t->base == PLAN_BOOLEAN)
        return fits(a, column, SPAN("true"), out);
    if (t->base != PLAN_STRING)
        return fits(a, column, SPAN("1"), out) || fits(a, column, span_of(t->min), out) ||
               fits(a, column, span_of(t->max), out) || fits(a, column, SPAN("0"), out);
    if (fits(a, column, t->max_length >= 0 ? shortened(title, t->max_length) : title, out))
        return true;
    return fits(a, column, repeated(a, "", '1', t->length > 0 ? t->length : 1), out) ||
           (t->min_length > 1 && fits(a, column, repeated(a, "", '1', t->min_length), out));
}

const char *
wants_example(struct arena *a, const struct plan_node *column)
{
    const char *out = NULL;

    if (column->personal && !column->min && !column->example)
        return "";
    if (example_from_lists(a, column, &out))
        return out;
    if (!column->min)
        return "";
    return example_from_form(a, column, &out) ? out : NULL;
}

bool
wants_mark(struct arena *a, const struct plan_node *column, const char **example)
{
    const char *long_one = arena_printf(a, CHECK_EXAMPLE "-%s", *example);

    return fits(a, column, span_of(long_one), example) ||
           fits(a, column, SPAN(CHECK_EXAMPLE "-1"), example);
}
