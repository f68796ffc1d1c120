#include "formats/read/mapping.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>

#include "formats/read/cell.h"
#include "formats/read/reword.h"
#include "formats/xsd/check.h"

/* What is being bound. */
struct binding {
    struct mapping *m;
    struct arena *a;
    const struct mapping_told *told;
    const struct plan *plan;
    bool wrong;
};

static void __attribute__((format(printf, 3, 4)))
wrong(struct binding *b, const char *place, const char *format, ...)
{
    char text[400];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    b->wrong = true;
    b->told->wrong(b->told->ctx, place, text);
}

static size_t
count_of(const char *const *list)
{
    size_t n = 0;

    while (list && list[n])
        n++;
    return n;
}

/* ---- titles ---- */

static bool
has_word(struct arena *a, const struct mapping_title *t, const char *word)
{
    struct span want = header_name(a, span_of(word));

    for (const char *const *w = t->words; *w; w++)
        if (span_eq(header_name(a, span_of(*w)), want))
            return true;
    return false;
}

/* The title that goes by any of these words, which then goes by all of them; -1: too many. */
static int
title_of(struct binding *b, const char *place, const char *const *words, bool needed)
{
    struct mapping *m = b->m;
    struct mapping_title *t = NULL;
    size_t n;

    for (uint32_t i = 0; !t && i < m->title_count; i++)
        for (const char *const *w = words; *w && !t; w++)
            t = has_word(b->a, &m->titles[i], *w) ? &m->titles[i] : NULL;
    if (!t && m->title_count == MAPPING_TITLES) {
        wrong(b, place, "names more than %d columns of the file", MAPPING_TITLES);
        return -1;
    }
    t = t ? t : &m->titles[m->title_count++];
    t->needed |= needed;
    for (const char *const *w = words; *w; w++) {
        if (has_word(b->a, t, *w))
            continue;
        if ((n = count_of(t->words)) == MAPPING_WORDS) {
            wrong(b, place, "has more than %d titles for one column", MAPPING_WORDS);
            return -1;
        }
        t->words[n] = *w;
    }
    return (int)(t - m->titles);
}

static void
add_title(struct binding *b, struct mapping_column *c, const char *const *words)
{
    int at = title_of(b, c->place, words, !c->optional);

    if (at >= 0)
        c->titles[c->title_count++] = (uint32_t)at;
}

static void
add_each(struct binding *b, struct mapping_column *c, const char *const *titles)
{
    for (; titles && *titles; titles++)
        add_title(b, c, (const char *const[]){*titles, NULL});
}

/* ---- what a column's options say ---- */

bool
mapping_pair(struct arena *a, struct mapping_pair *pair, const char *text)
{
    const char *arrow = strstr(text, MAPPING_ARROW);

    if (!arrow)
        return false;
    pair->from = arena_span(a, span_trim((struct span){text, (size_t)(arrow - text)}));
    pair->to = arena_span(a, span_trim(span_of(arrow + strlen(MAPPING_ARROW))));
    return true;
}

static struct mapping_pair *
pairs_of(struct binding *b, const struct mapping_column *c, const char *option, const char **list,
         uint32_t *count)
{
    struct mapping_pair *pairs = ARENA_ARRAY(b->a, struct mapping_pair, count_of(list) + 1);

    for (*count = 0; list && list[*count]; (*count)++)
        if (!mapping_pair(b->a, &pairs[*count], list[*count]))
            wrong(b, c->place,
                  "column %s: %s has \"%s\"; write \"what stands there%swhat is meant\"", c->name,
                  option, list[*count], MAPPING_ARROW);
    return pairs;
}

static void
bind_sources(struct binding *b, struct mapping_column *c)
{
    int sources = !!count_of(c->from) + !!count_of(c->join) + !!count_of(c->either) +
                  !!count_of(c->filled) + !!count_of(c->above) + !!c->value;
    size_t room = count_of(c->join) + count_of(c->either) + count_of(c->filled) + 2;

    if (sources != 1)
        wrong(b, c->place,
              "column %s: say where its value comes from, with one of from, join, either, filled, "
              "above and value",
              c->name);
    c->titles = ARENA_ARRAY(b->a, uint32_t, room);
    c->minus_title = -1;
    if (count_of(c->from))
        add_title(b, c, c->from);
    add_each(b, c, c->join);
    add_each(b, c, c->either);
    for (uint32_t i = 0; i < c->filled_count; i++)
        if (c->filled_pairs[i].from)
            add_title(b, c, (const char *const[]){c->filled_pairs[i].from, NULL});
    if (c->minus && !count_of(c->from))
        wrong(b, c->place, "column %s: minus goes with from", c->name);
    else if (c->minus)
        c->minus_title = title_of(b, c->place, (const char *const[]){c->minus, NULL}, !c->optional);
}

/* What the file itself gives the column, as it would be looked at in each row that has it. */
static void
bind_word(struct binding *b, const struct mapping_column *c, const char *option, const char *word)
{
    const struct plan_node *field = c->field;
    struct span v = cell_plain(span_trim(span_of(word))), normal;
    char sentence[320];
    struct finding f;

    if (check_date_form(field->type))
        v = check_date_plain(field->type, v, arena_alloc(b->a, CHECK_DATE_ROOM));
    if (!v.n || check_value(field->type, v, arena_alloc(b->a, v.n + 1), &normal, &f))
        return;
    err_fill(sentence, sizeof sentence, err_text(f.code)->en, f.want);
    wrong(b, c->place, "column %s: %s gives \"%s\", which feed %s does not take: %s", c->name,
          option, word, b->plan->feed, sentence);
}

/* What becomes of it after that, of a number or a date, only a row shows. */
static void
bind_words(struct binding *b, const struct mapping_column *c)
{
    if (c->value)
        bind_word(b, c, "value", c->value);
    if (c->value && !span_trim(span_of(c->value)).n && c->field->min && !c->field->dflt)
        wrong(b, c->place, "column %s is required by feed %s, and value is empty", c->name,
              b->plan->feed);
    if (c->other)
        bind_word(b, c, "other", c->other);
    for (uint32_t i = 0; i < c->filled_count; i++)
        if (c->filled_pairs[i].from)
            bind_word(b, c, "filled", c->filled_pairs[i].to);
    if (c->number || count_of(c->date))
        return;
    for (uint32_t i = 0; i < c->value_count; i++)
        if (c->value_pairs[i].from)
            bind_word(b, c, "values", c->value_pairs[i].to);
}

/* How the feed's column wants a date. */
static const char *
date_form(const struct plan_type *t, bool time)
{
    static const struct {
        const char *check, *as;
    } forms[] = {
        {"date8",       "YYYYMMDD"           },
        {"datetime14",  "YYYYMMDDhhmmss"     },
        {"xs-date",     "YYYY-MM-DD"         },
        {"xs-datetime", "YYYY-MM-DDThh:mm:ss"}
    };

    for (const struct check *const *check = t->checks; check && *check; check++)
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
            if (!strcmp((*check)->name, forms[i].check))
                return forms[i].as;
    return time ? "YYYYMMDDhhmmss" : "YYYYMMDD";
}

static void
bind_date(struct binding *b, struct mapping_column *c)
{
    for (const char **form = c->date; form && *form; form++) {
        const char *why = reword_date_wrong(*form);

        if (why) {
            wrong(b, c->place, "column %s: date \"%s\" %s", c->name, *form, why);
            continue;
        }
        c->date_as = date_form(c->field->type, reword_date_has_time(*form));
        if (strchr(c->date_as, 'h') && !reword_date_has_time(*form))
            wrong(b, c->place, "column %s has a time of day, and date \"%s\" has no hours", c->name,
                  *form);
    }
}

static void
bind_signs(struct binding *b, struct mapping_column *c)
{
    bool drops = c->sign && !strcmp(c->sign, "drop");

    if (c->minus || c->minus_count) {
        if (drops && c->own_minus && !strcmp(c->own_minus, "reversal"))
            wrong(
                b, c->place,
                "column %s: sign = drop would make a reversal an amount like any other; leave the "
                "rows out with skip, or keep the sign",
                c->name);
        return;
    }
    if (drops)
        wrong(
            b, c->place,
            "column %s: sign = drop goes with minus or minus-if, whose sign it drops; turn is for "
            "amounts that have a minus of their own",
            c->name);
    if (c->own_minus)
        wrong(b, c->place, "column %s: own-minus goes with minus or minus-if", c->name);
}

static void
bind_forms(struct binding *b, struct mapping_column *c)
{
    const char *why;

    c->value_pairs = pairs_of(b, c, "values", c->values, &c->value_count);
    c->filled_pairs = pairs_of(b, c, "filled", c->filled, &c->filled_count);
    c->minus_pairs = pairs_of(b, c, "minus-if", c->minus_if, &c->minus_count);
    for (const char **p = c->pattern; p && *p; p++)
        if ((why = reword_pattern_wrong(*p)))
            wrong(b, c->place, "column %s: pattern \"%s\" %s", c->name, *p, why);
    if (c->split && !*c->split)
        wrong(b, c->place, "column %s: split is empty", c->name);
    if (c->part > 1 && !c->split)
        wrong(b, c->place, "column %s: part goes with split", c->name);
    if ((c->minus || c->minus_count) && !c->number)
        c->number = "1,234.56";
    bind_signs(b, c);
}

static bool
is_given(const struct mapping *m, const struct mapping_column *before, const struct plan_node *f)
{
    for (const struct mapping_column *c = m->columns; c < before; c++)
        if (c->field == f)
            return true;
    return false;
}

static void
bind_column(struct binding *b, struct mapping_column *c)
{
    static const struct header_aliases none = {NULL, 0};
    int at = header_field(b->a, b->plan, none, span_of(c->name));

    if (at < 0) {
        const char *near = header_near(b->a, b->plan, none, span_of(c->name));

        wrong(b, c->place,
              "there is no column %s in feed %s%s%s; landport format template %s shows them",
              c->name, b->plan->feed, near ? "; the nearest is " : "", near ? near : "",
              b->plan->feed);
        return;
    }
    c->at = (uint32_t)at;
    c->field = b->plan->root->children[at];
    if (is_given(b->m, c, c->field))
        wrong(b, c->place, "column %s is given before; keep one of them", c->name);
    bind_forms(b, c);
    bind_sources(b, c);
    bind_date(b, c);
    bind_words(b, c);
    for (uint32_t i = 0; i < c->minus_count; i++)
        if (c->minus_pairs[i].from)
            c->minus_pairs[i].title = title_of(
                b, c->place, (const char *const[]){c->minus_pairs[i].from, NULL}, !c->optional);
}

static void
bind_tests(struct binding *b, struct mapping_test *tests, uint32_t count)
{
    for (struct mapping_test *r = tests; r < tests + count; r++) {
        int at = title_of(b, r->place, (const char *const[]){r->title, NULL}, true);

        r->at = at < 0 ? 0 : (uint32_t)at;
        if (!count_of(r->is) && !count_of(r->begins) && !count_of(r->holds) && !r->empty)
            wrong(b, r->place, "\"%s\": say which rows, with is, begins, holds or empty", r->title);
    }
}

static void
bind_required(struct binding *b)
{
    const struct plan_node *root = b->plan->root;

    for (uint32_t i = 0; i < root->child_count; i++)
        if (root->children[i]->min && !root->children[i]->dflt &&
            !is_given(b->m, b->m->columns + b->m->column_count, root->children[i]))
            wrong(b, b->m->place,
                  "column %s is required by feed %s, and nothing gives it; a "
                  "constant is value = \"…\"",
                  root->children[i]->name, b->plan->feed);
}

static void
bind_slots(struct binding *b)
{
    struct mapping *m = b->m;
    struct header_slots *s = &m->slots;
    size_t room = (size_t)m->title_count * MAPPING_WORDS + count_of(m->ignore);

    *s = (struct header_slots){.count = m->title_count,
                               .told = ARENA_ARRAY(b->a, const char *, m->title_count + 1),
                               .needed = ARENA_ARRAY(b->a, bool, m->title_count + 1)};
    s->words.word = ARENA_ARRAY(b->a, struct span, room + 1);
    s->words.slot = ARENA_ARRAY(b->a, int, room + 1);
    for (uint32_t i = 0; i < m->title_count; i++) {
        s->told[i] = m->titles[i].words[0];
        s->needed[i] = m->titles[i].needed;
        m->needed_count += m->titles[i].needed;
        for (const char *const *w = m->titles[i].words; *w; w++)
            header_word(s, b->a, *w, (int)i);
    }
    for (const char **w = m->ignore; w && *w; w++)
        if (!strcmp(*w, "*"))
            s->others = true;
        else
            header_word(s, b->a, *w, HEADER_PASSED);
    if (!m->needed_count)
        wrong(b, m->place,
              "names no column of the file that must be there, so that no file is known by it");
}

bool
mapping_bind(struct mapping *m, struct arena *a, const struct plan *plan,
             const struct mapping_told *told)
{
    struct binding b = {m, a, told, plan, false};

    m->plan = plan;
    m->titles = ARENA_ARRAY(a, struct mapping_title, MAPPING_TITLES);
    for (uint32_t i = 0; i < m->column_count; i++)
        bind_column(&b, &m->columns[i]);
    bind_tests(&b, m->skips, m->skip_count);
    bind_tests(&b, m->onlys, m->only_count);
    bind_required(&b);
    bind_slots(&b);
    return !b.wrong;
}

/* ---- whose a file is ---- */

bool
mapping_takes(const struct mapping *m, const char *name)
{
    for (const char **glob = m->files; glob && *glob; glob++)
        if (!fnmatch(*glob, name, 0))
            return true;
    return !m->files || !*m->files;
}

bool
mapping_fits(const struct mapping *m, struct arena *scratch, const struct span *names,
             uint32_t count, uint32_t *known)
{
    uint32_t needed;

    *known = header_slots_known(scratch, &m->slots, names, count, &needed);
    return needed == m->needed_count;
}

const char *
mapping_titles(const struct mapping *m, struct arena *a)
{
    const char *all = "";

    for (uint32_t i = 0; i < m->title_count && strlen(all) < 160; i++)
        if (m->titles[i].needed)
            all = arena_printf(a, "%s%s%s", all, *all ? ", " : "", m->titles[i].words[0]);
    return all;
}

static const char *
word_of(const struct mapping *m, uint32_t title, const unsigned char *chosen)
{
    uint32_t n = chosen ? chosen[title] : 0;

    return m->titles[title].words[n] ? m->titles[title].words[n] : m->titles[title].words[0];
}

const char *
mapping_name(const struct mapping *m, struct arena *a, uint32_t field, const unsigned char *chosen)
{
    for (const struct mapping_column *c = m->columns; c < m->columns + m->column_count; c++) {
        const char *all = "";

        if (c->at != field || !c->field)
            continue;
        if (count_of(c->above))
            return c->above[0];
        for (uint32_t i = 0; i < c->title_count; i++)
            all = arena_printf(a, "%s%s%s", all, i ? " / " : "", word_of(m, c->titles[i], chosen));
        if (c->minus_title >= 0)
            all = arena_printf(a, "%s / %s", all, word_of(m, (uint32_t)c->minus_title, chosen));
        if (*all)
            return all;
    }
    return m->plan->root->children[field]->name;
}
