/* mapped.c - rows by a mapping, mapping.h. */
#include <stdarg.h>
#include <stdio.h>

#include "base/stream.h"
#include "formats/read/cell.h"
#include "formats/read/mapping.h"
#include "formats/read/reword.h"

#define WANT 200 /* bytes of what a fault wants */

/* Without blanks and what programs put before a number to keep it a text. */
static struct span
bare(struct span cell)
{
    struct span s = span_trim(cell);

    while (s.n && *s.p == '`')
        s = span_trim((struct span){s.p + 1, s.n - 1});
    return span_trim(cell_plain(s));
}

static struct span
cell_of(const struct mapped *m, uint32_t title, const struct span *cells, uint32_t count)
{
    int column = m->header.column[title];

    return column >= 0 && (uint32_t)column < count ? bare(cells[column]) : SPAN("");
}

/* ---- the header ---- */

static unsigned char
chosen_word(const struct mapping_title *t, struct arena *a, struct span name)
{
    struct span told = header_name(a, name);

    for (unsigned char i = 0; i < MAPPING_WORDS && t->words[i]; i++)
        if (span_eq(header_name(a, span_of(t->words[i])), told))
            return i;
    return 0;
}

/* The one column of the file that a field is taken from. */
static int
only_column(const struct mapped *m, const struct mapping_column *c)
{
    if (c->title_count != 1 || c->minus_title >= 0 || c->filled_count)
        return -1;
    return m->header.column[c->titles[0]];
}

bool
mapped_begin(struct mapped *m, struct arena *a, const struct mapping *mapping,
             const struct span *names, uint32_t count)
{
    uint32_t fields = mapping->plan->root->child_count;
    bool good;

    *m = (struct mapped){.mapping = mapping};
    good = header_place(&m->header, a, &mapping->slots, names, count);
    m->column = ARENA_ARRAY(a, int, fields);
    m->fields = ARENA_ARRAY(a, struct span, fields);
    m->faults = ARENA_ARRAY(a, struct mapped_fault, fields);
    m->above = ARENA_ARRAY(a, struct span, mapping->column_count + 1);
    m->names = ARENA_ARRAY(a, struct span, count + 1);
    for (uint32_t i = 0; i < count; i++)
        m->names[i] = header_name(a, names[i]);
    for (uint32_t i = 0; i < fields; i++)
        m->column[i] = -1;
    for (uint32_t i = 0; i < mapping->column_count; i++)
        m->column[mapping->columns[i].at] = only_column(m, &mapping->columns[i]);
    for (uint32_t i = 0; i < mapping->title_count; i++)
        if (m->header.column[i] >= 0)
            m->chosen[i] = chosen_word(&mapping->titles[i], a, names[m->header.column[i]]);
    return good;
}

/* ---- what stands above ---- */

static bool
cut_colon(struct span *s)
{
    static const char *const colons[] = {":", "："};

    for (size_t i = 0; i < sizeof colons / sizeof *colons; i++) {
        size_t n = strlen(colons[i]);

        if (s->n >= n && memcmp(s->p, colons[i], n) == 0) {
            *s = span_trim((struct span){s->p + n, s->n - n});
            return true;
        }
    }
    return false;
}

/* What is said behind a colon: in brackets, or up to two blanks, behind which another label may stand. */
static struct span
said(struct span s)
{
    const char *close = s.n && *s.p == '[' ? memchr(s.p, ']', s.n) : NULL;

    if (close)
        return bare((struct span){s.p + 1, (size_t)(close - s.p) - 1});
    for (size_t i = 0; i + 1 < s.n; i++)
        if (s.p[i] == '\t' || (s.p[i] == ' ' && s.p[i + 1] == ' '))
            s.n = i;
    return bare(s);
}

/* Where a label begins, at a cell's beginning or behind a blank; s.n: nowhere. */
static size_t
label_at(struct span s, const char *label)
{
    size_t n = strlen(label);

    for (size_t at = 0; at + n <= s.n; at++)
        if (memcmp(s.p + at, label, n) == 0 && (at == 0 || strchr(" \t#*[(", s.p[at - 1])))
            return at;
    return s.n;
}

/* #账号:[2088…], 账号：2088…, or the label alone with its value in the next cell that has one. */
static bool
behind_label(const struct mapped_cells *row, uint32_t at, const char *label, struct span *value)
{
    struct span s = bare(row->cells[at]);
    size_t from = label_at(s, label), n = strlen(label);

    if (from == s.n)
        return false;
    s = span_trim((struct span){s.p + from + n, s.n - from - n});
    if (s.n && !cut_colon(&s))
        return false; /* a longer word */
    while (!s.n && ++at < row->count)
        s = bare(row->cells[at]);
    *value = said(s);
    return value->n > 0;
}

static bool
find_label(const struct mapped_cells *rows, uint32_t count, const char *label, struct span *value)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < rows[i].count; k++)
            if (behind_label(&rows[i], k, label, value))
                return true;
    return false;
}

const struct mapping_column *
mapped_above(struct mapped *m, struct arena *a, const struct mapped_cells *rows, uint32_t count)
{
    for (uint32_t i = 0; i < m->mapping->column_count; i++) {
        const struct mapping_column *c = &m->mapping->columns[i];
        bool found = !c->above || !*c->above;
        struct span value = {NULL, 0};

        for (const char **label = c->above; !found && *label; label++)
            found = find_label(rows, count, *label, &value);
        m->above[i] = value.p ? span_of(arena_span(a, value)) : SPAN("");
        if (!found && !c->optional)
            return c;
    }
    return NULL;
}

/* ---- rows that are none ---- */

static bool
is_met(const struct mapping_test *r, struct span s)
{
    bool met = r->empty && !s.n;

    for (const char **w = r->is; !met && w && *w; w++)
        met = span_is(s, *w);
    for (const char **w = r->begins; !met && w && *w; w++)
        met = span_begins(s, *w);
    for (const char **w = r->holds; !met && w && *w; w++)
        met = span_holds(s, *w);
    return met;
}

/* All titles again. */
static bool
is_header(const struct mapped *m, struct arena *scratch, const struct span *cells, uint32_t count)
{
    for (uint32_t i = 0; i < m->mapping->title_count; i++) {
        int column = m->header.column[i];

        if (column >= 0 && ((uint32_t)column >= count ||
                            !span_eq(header_name(scratch, cells[column]), m->names[column])))
            return false;
    }
    return true;
}

/* By its first cell that is not blank, whatever its column. */
static bool
is_end(const struct mapping *g, const struct span *cells, uint32_t count)
{
    uint32_t first = 0;

    while (first < count && !span_trim(cells[first]).n)
        first++;
    for (const char **w = g->end; first < count && w && *w; w++)
        if (span_begins(span_trim(cells[first]), *w))
            return true;
    return false;
}

enum mapped_what
mapped_look(const struct mapped *m, struct arena *scratch, const struct span *cells, uint32_t count,
            const struct mapped_cells *own)
{
    const struct mapping *g = m->mapping;

    if (own ? is_end(g, own->cells, own->count) : is_end(g, cells, count))
        return MAPPED_END;
    if (is_header(m, scratch, cells, count))
        return MAPPED_HEADER;
    for (uint32_t i = 0; i < g->skip_count; i++)
        if (is_met(&g->skips[i], cell_of(m, g->skips[i].at, cells, count)))
            return MAPPED_OUT;
    for (uint32_t i = 0; i < g->only_count; i++)
        if (!is_met(&g->onlys[i], cell_of(m, g->onlys[i].at, cells, count)))
            return MAPPED_OUT;
    return MAPPED_ROW;
}

bool
mapped_blank(const struct mapped *m, const struct span *cells, uint32_t count)
{
    for (uint32_t i = 0; i < m->mapping->title_count; i++)
        if (cell_of(m, i, cells, count).n)
            return false;
    return true;
}

/* ---- one value ---- */

struct taking {
    struct mapped *m;
    const struct mapping_column *c;
    struct arena *scratch;
    const struct span *cells;
    uint32_t count;
    struct span seen; /* what the sender has there */
    bool bad;
};

static void __attribute__((format(printf, 3, 4)))
fault(struct taking *t, err_code_t code, const char *format, ...)
{
    char want[WANT];
    va_list ap;

    if (t->bad) /* one is enough of a value */
        return;
    va_start(ap, format);
    vsnprintf(want, sizeof want, format, ap);
    va_end(ap);
    t->bad = true;
    t->m->faults[t->m->fault_count++] =
        (struct mapped_fault){t->c->at, code, t->seen, arena_str(t->scratch, want)};
}

static struct span
cell(const struct taking *t, uint32_t title)
{
    return cell_of(t->m, title, t->cells, t->count);
}

static struct span
joined(const struct taking *t)
{
    struct buf b = {0};
    struct span all;

    for (uint32_t i = 0; i < t->c->title_count; i++) {
        struct span s = cell(t, t->c->titles[i]);

        if (s.n && b.n && t->c->with)
            buf_str(&b, t->c->with);
        buf_put(&b, s.p, s.n);
    }
    all = b.n ? span_of(arena_strn(t->scratch, b.p, b.n)) : SPAN("");
    buf_free(&b);
    return all;
}

static struct span
first_filled(const struct taking *t)
{
    for (uint32_t i = 0; i < t->c->title_count; i++)
        if (reword_is_filled(cell(t, t->c->titles[i])))
            return cell(t, t->c->titles[i]);
    return SPAN("");
}

static const char *
title(const struct taking *t, uint32_t nth)
{
    return t->m->mapping->titles[nth].words[0];
}

/* What the filled one of several columns means. */
static struct span
by_filled(struct taking *t)
{
    const struct mapping_column *c = t->c;
    int found = -1;

    for (uint32_t i = 0; i < c->title_count && i < c->filled_count; i++) {
        if (!reword_is_filled(cell(t, c->titles[i])))
            continue;
        if (found >= 0)
            fault(t, ERR_MAPPED_BOTH, "%s / %s", title(t, c->titles[(uint32_t)found]),
                  title(t, c->titles[i]));
        found = (int)i;
    }
    return found >= 0 ? span_of(c->filled_pairs[found].to) : SPAN("");
}

/* 贷方 or, less, 借方. */
static struct span
plus_or_minus(struct taking *t, bool *minus)
{
    struct span plus = cell(t, t->c->titles[0]), less = cell(t, (uint32_t)t->c->minus_title);

    *minus = reword_is_filled(less);
    if (*minus && reword_is_filled(plus))
        fault(t, ERR_MAPPED_BOTH, "%s / %s", title(t, t->c->titles[0]),
              title(t, (uint32_t)t->c->minus_title));
    return *minus || !plus.n ? less : plus;
}

static struct span
take(struct taking *t, bool *minus)
{
    const struct mapping_column *c = t->c;

    if (c->above && *c->above)
        return t->m->above[c - t->m->mapping->columns];
    if (c->join && *c->join)
        return joined(t);
    if (c->either && *c->either)
        return first_filled(t);
    if (!c->title_count)
        return SPAN("");
    return c->minus_title >= 0 ? plus_or_minus(t, minus) : cell(t, c->titles[0]);
}

/* A value of no known form: what the mapping says for such, else a fault. */
static struct span
otherwise(struct taking *t, err_code_t code, const char *want)
{
    if (t->c->other) {
        t->bad = true; /* nothing more is done with it */
        return span_of(t->c->other);
    }
    fault(t, code, "%s", want);
    return SPAN("");
}

static struct span
cut_out(struct taking *t, struct span v)
{
    const struct mapping_column *c = t->c;
    char want[WANT];

    if (c->split && !reword_split(v, c->split, c->part, &v)) {
        snprintf(want, sizeof want, "%s (%u)", c->split, c->part);
        return otherwise(t, ERR_MAPPED_FORM, want);
    }
    for (const char **p = c->pattern; p && *p; p++) {
        if (reword_pattern(t->scratch, *p, v, &v))
            return v;
        if (!p[1])
            return otherwise(t, ERR_MAPPED_FORM, c->pattern[0]);
    }
    return v;
}

static struct span
translated(struct taking *t, struct span v)
{
    const struct mapping_column *c = t->c;
    struct buf known = {0};

    if (!c->value_count)
        return v;
    for (uint32_t i = 0; i < c->value_count; i++)
        if (span_is(v, c->value_pairs[i].from))
            return span_of(c->value_pairs[i].to);
    for (uint32_t i = 0; i < c->value_count && known.n < WANT; i++)
        buf_printf(&known, "%s%s", i ? ", " : "", c->value_pairs[i].from);
    return otherwise(t, ERR_MAPPED_VALUE, buf_text(&known, t->scratch));
}

static struct span
dated(struct taking *t, struct span v)
{
    const struct mapping_column *c = t->c;
    char digits[REWORD_DATE];

    for (const char **form = c->date; *form; form++)
        if (reword_date(*form, v, digits))
            return span_of(reword_date_as(t->scratch, c->date_as, digits));
    if (reword_date("YYYYMMDDhhmmss", v, digits) || reword_date("YYYYMMDD", v, digits))
        return span_of(reword_date_as(t->scratch, c->date_as, digits)); /* a cell that is a date */
    return otherwise(t, ERR_MAPPED_FORM, c->date[0]);
}

/* Does a column beside it say that the amount is to be taken off? */
static bool
is_taken_off(const struct taking *t)
{
    for (uint32_t i = 0; i < t->c->minus_count; i++) {
        const struct mapping_pair *pair = &t->c->minus_pairs[i];

        if (pair->title >= 0 && span_is(cell(t, (uint32_t)pair->title), pair->to))
            return true;
    }
    return false;
}

static bool
has_word(const char *option, const char *word)
{
    return option && !strcmp(option, word);
}

/* A minus in the cell of an amount that is taken off is there anyway, or says that it was given back: only its sender
 * knows which, and what was not agreed would turn money round. What drops signs drops those that we put there. */
static bool
is_signed_as_agreed(const struct taking *t, struct span v, bool minus)
{
    bool own = v.n && *v.p == '-';

    if (!reword_is_filled(v) || has_word(t->c->own_minus, "reversal"))
        return true;
    if (minus)
        return own == has_word(t->c->own_minus, "always");
    return !own || !has_word(t->c->sign, "drop");
}

static void
wrong_sign(struct taking *t, bool minus)
{
    bool wants = minus && has_word(t->c->own_minus, "always");

    fault(t, ERR_MAPPED_SIGN, "%s%s", wants ? "-" : "", t->c->number);
}

static struct span
turned(const struct taking *t, struct span v, bool minus)
{
    const char *sign = t->c->sign ? t->c->sign : "keep";

    if (!v.n)
        return v;
    if (*v.p == '-') {
        v = (struct span){v.p + 1, v.n - 1};
        minus = !minus || has_word(t->c->own_minus, "always");
    }
    if (!strcmp(sign, "turn"))
        minus = !minus;
    if (!minus || !strcmp(sign, "drop") || !reword_is_filled(v))
        return v;
    return span_of(arena_printf(t->scratch, "-%.*s", SPAN_F(v)));
}

static struct span
counted(struct taking *t, struct span v, bool minus)
{
    const char *form = t->c->number;
    bool comma = !strcmp(form, "1,234.56");

    if (!reword_number(t->scratch, comma ? ',' : '.', comma ? '.' : ',', v, &v))
        return otherwise(t, ERR_MAPPED_FORM, form);
    minus ^= is_taken_off(t);
    if (!is_signed_as_agreed(t, v, minus))
        wrong_sign(t, minus);
    return turned(t, v, minus);
}

static struct span
read_value(struct taking *t)
{
    bool minus = false;
    struct span v;

    if (t->c->value)
        return span_of(t->c->value);
    if (t->c->filled_count)
        return by_filled(t);
    t->seen = v = take(t, &minus);
    if (v.n && !t->bad)
        v = cut_out(t, v);
    if (v.n && !t->bad)
        v = translated(t, v);
    if (v.n && !t->bad && t->c->number)
        v = counted(t, v, minus);
    if (v.n && !t->bad && t->c->date && *t->c->date)
        v = dated(t, v);
    return v;
}

void
mapped_row(struct mapped *m, struct arena *scratch, const struct span *cells, uint32_t count)
{
    m->fault_count = 0;
    for (uint32_t i = 0; i < m->mapping->plan->root->child_count; i++)
        m->fields[i] = (struct span){NULL, 0};
    for (uint32_t i = 0; i < m->mapping->column_count; i++) {
        struct taking t = {m, &m->mapping->columns[i], scratch, cells, count, SPAN(""), false};
        uint32_t faults = m->fault_count;
        struct span v = read_value(&t);

        m->fields[t.c->at] = v.p && m->fault_count == faults ? v : SPAN("");
    }
}

bool
mapped_uses(const struct mapped *m, uint32_t field, uint32_t column)
{
    for (uint32_t i = 0; i < m->mapping->column_count; i++) {
        const struct mapping_column *c = &m->mapping->columns[i];

        if (c->at != field)
            continue;
        for (uint32_t k = 0; k < c->title_count; k++)
            if (m->header.column[c->titles[k]] == (int)column)
                return true;
        if (c->minus_title >= 0 && m->header.column[c->minus_title] == (int)column)
            return true;
        for (uint32_t k = 0; k < c->minus_count; k++)
            if (c->minus_pairs[k].title >= 0 &&
                m->header.column[c->minus_pairs[k].title] == (int)column)
                return true;
    }
    return false;
}
