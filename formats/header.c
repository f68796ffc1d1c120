#include "header.h"

static const struct span no_break = {"\xC2\xA0", 2}; /* U+00A0 */

static struct span
trim(struct span s)
{
    size_t before;

    do {
        s = span_trim(s);
        before = s.n;
        if (s.n >= 2 && memcmp(s.p, no_break.p, 2) == 0)
            s = (struct span){s.p + 2, s.n - 2};
        if (s.n >= 2 && memcmp(s.p + s.n - 2, no_break.p, 2) == 0)
            s.n -= 2;
    } while (s.n != before);
    return s;
}

/* The ASCII character whose full-width form (U+FF01 to U+FF5E) stands at p, 0: none does. */
static unsigned
full_width(const unsigned char *p, size_t n)
{
    unsigned c;

    if (n < 3 || p[0] != 0xEF || (p[1] != 0xBC && p[1] != 0xBD) || (p[2] & 0xC0) != 0x80)
        return 0;
    c = (p[1] & 0x03u) << 6 | (p[2] & 0x3Fu); /* low bits of U+FF00 to U+FF7F */
    return c >= 0x01 && c <= 0x5E ? c + 0x20 : 0;
}

struct span
header_name(struct arena *a, struct span name)
{
    struct span s = trim(name);
    char *out = arena_alloc(a, s.n);
    size_t n = 0;

    for (size_t i = 0; i < s.n; n++) {
        unsigned wide = full_width((const unsigned char *)s.p + i, s.n - i);
        char c = wide ? (char)wide : s.p[i];

        out[n] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        i += wide ? 3 : 1;
    }
    return (struct span){out, n};
}

/* Everything a column may be called, as it is compared, and which field that is. */
struct words {
    struct span *word;
    int *field;
    size_t count;
};

static void
add(struct words *w, struct arena *a, const char *word, int field)
{
    struct span s = header_name(a, span_of(word));

    if (s.n == 0) /* a field without title */
        return;
    w->word[w->count] = s;
    w->field[w->count++] = field;
}

static int
find(const struct words *w, struct span word)
{
    for (size_t i = 0; i < w->count; i++)
        if (span_eq(w->word[i], word))
            return w->field[i];
    return -1;
}

/* Two names of one field in one cell: cut at the last of what may part them. */
static int
find_both(const struct words *w, struct span word)
{
    struct span first = word, second = word;
    int field;

    while (first.n && !strchr(" \r\n/(", first.p[first.n - 1]))
        first.n--;
    second.p += first.n;
    second.n -= first.n;
    if (first.n == 0 || second.n == 0)
        return -1;
    if (second.p[second.n - 1] == ')')
        second.n--;
    first.n--;
    field = find(w, span_trim(second));
    return field >= 0 && find(w, span_trim(first)) == field ? field : -1;
}

static int
look_up(const struct words *w, struct span word)
{
    int field = find(w, word);

    return field >= 0 ? field : find_both(w, word);
}

static struct words
words_of(struct arena *a, const struct plan *plan, struct header_aliases aliases)
{
    size_t room = 2 * (size_t)plan->root->child_count;
    struct words own = {ARENA_ARRAY(a, struct span, room), ARENA_ARRAY(a, int, room), 0};
    struct words all;

    for (uint32_t i = 0; i < plan->root->child_count; i++) {
        add(&own, a, plan->root->children[i]->name, (int)i);
        add(&own, a, plan->root->children[i]->title, (int)i);
    }
    if (aliases.count == 0)
        return own;
    room += aliases.count;
    all = (struct words){ARENA_ARRAY(a, struct span, room), ARENA_ARRAY(a, int, room), 0};
    for (size_t i = 0; i < aliases.count; i++) {
        int field = look_up(&own, header_name(a, span_of(aliases.all[i].to)));

        if (field >= 0)
            add(&all, a, aliases.all[i].from, field);
    }
    for (size_t i = 0; i < own.count; i++, all.count++) {
        all.word[all.count] = own.word[i];
        all.field[all.count] = own.field[i];
    }
    return all;
}

int
header_field(struct arena *scratch, const struct plan *plan, struct header_aliases aliases,
             struct span name)
{
    struct words w = words_of(scratch, plan, aliases);

    return look_up(&w, header_name(scratch, name));
}

uint32_t
header_known(struct arena *scratch, const struct plan *plan, struct header_aliases aliases,
             const struct span *names, uint32_t count)
{
    struct words w = words_of(scratch, plan, aliases);
    uint32_t known = 0;

    for (uint32_t i = 0; i < count; i++)
        known += look_up(&w, header_name(scratch, names[i])) >= 0;
    return known;
}

static void
fault(struct header *h, err_code_t code, struct span seen, const struct plan_node *field)
{
    h->faults[h->fault_count++] = (struct header_fault){code, seen, field};
}

/* What only a file of refused rows has, as the hub writes it and its partner corrects it. */
static bool
is_correction(const struct header *h, struct arena *a, const struct span *names)
{
    bool code = false, message = false;

    for (uint32_t i = 0; i < h->width; i++) {
        struct span name = header_name(a, names[i]);

        code |= span_is(name, "_code");
        message |= span_is(name, "_message");
    }
    return code && message;
}

/* Place the names; returns how many are known. */
static uint32_t
place(struct header *h, struct arena *a, const struct plan *plan, const struct words *w,
      const struct span *names)
{
    uint32_t known = 0;

    for (uint32_t i = 0; i < h->width; i++) {
        struct span name = header_name(a, names[i]);
        int field = look_up(w, name);

        if (name.n == 0)
            h->unnamed[h->unnamed_count++] = i;
        if (name.n == 0 || name.p[0] == '_')
            continue;
        known += field >= 0;
        if (field < 0)
            fault(h, ERR_COLUMN_UNKNOWN, trim(names[i]), NULL);
        else if (h->column[field] >= 0)
            fault(h, ERR_COLUMN_TWICE, trim(names[i]), plan->root->children[field]);
        else
            h->column[field] = (int)i;
    }
    return known;
}

bool
header_map(struct header *h, struct arena *a, const struct plan *plan,
           struct header_aliases aliases, const struct span *names, uint32_t count)
{
    uint32_t fields = plan->root->child_count;
    struct words w = words_of(a, plan, aliases);

    *h = (struct header){.width = count};
    h->column = ARENA_ARRAY(a, int, fields);
    h->unnamed = ARENA_ARRAY(a, uint32_t, (size_t)count + 1);
    h->faults = ARENA_ARRAY(a, struct header_fault, (size_t)count + fields + 1);
    for (uint32_t i = 0; i < fields; i++)
        h->column[i] = -1;
    h->correction = is_correction(h, a, names);
    if (place(h, a, plan, &w, names) == 0) {
        h->fault_count = h->unnamed_count = 0;
        fault(h, ERR_NO_HEADER, SPAN(""), NULL);
        return false;
    }
    for (uint32_t i = 0; i < fields; i++) {
        const struct plan_node *field = plan->root->children[i];

        if (field->min && !field->dflt && h->column[i] < 0)
            fault(h, ERR_COLUMN_MISSING, SPAN(""), field);
    }
    return h->fault_count == 0;
}
