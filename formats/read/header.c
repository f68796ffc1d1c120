#include "formats/read/header.h"

#define TITLE_MAX 400 /* bytes; what is longer is no title, however it is dressed */

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

/* Everything a column may be called, as it is compared, and which slot that is: of a feed, its field. */
static void
add(struct header_words *w, struct arena *a, const char *word, int slot)
{
    struct span s = header_name(a, span_of(word));

    if (s.n == 0) /* a field without title */
        return;
    w->word[w->count] = s;
    w->slot[w->count++] = slot;
}

void
header_word(struct header_slots *s, struct arena *a, const char *word, int slot)
{
    add(&s->words, a, word, slot);
}

static int
find(const struct header_words *w, struct span word)
{
    for (size_t i = 0; i < w->count; i++)
        if (span_eq(w->word[i], word))
            return w->slot[i];
    return -1;
}

/* Two names of one field in one cell: cut at the last of what may part them. */
static int
find_both(const struct header_words *w, struct span word)
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

/* What a form says of a column in brackets, or without them behind a mark: whether it must be filled in, and as what. */
static bool
is_remark(struct span s)
{
    static const char *const words[] = {"必填",     "必填项",   "选填",   "非必填",   "必选",
                                        "可选",     "可空",     "可为空", "不能为空", "必须",
                                        "文本",     "文本格式", "数字",   "required", "mandatory",
                                        "optional", "text",     "*"};

    s = span_trim(s);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_is(s, words[i]))
            return true;
    return false;
}

/* The title of a form without a remark in such brackets, before or behind it. */
static bool
cut_remark(struct span *s, const char *open, const char *close)
{
    size_t o = strlen(open), c = strlen(close);

    if (span_ends(*s, close))
        for (size_t at = s->n - c; at-- > 0;)
            if (s->n - at >= o && memcmp(s->p + at, open, o) == 0) {
                if (!is_remark((struct span){s->p + at + o, s->n - c - at - o}))
                    break;
                s->n = at;
                return true;
            }
    if (span_begins(*s, open))
        for (size_t at = o; at + c <= s->n; at++)
            if (memcmp(s->p + at, close, c) == 0) {
                if (!is_remark((struct span){s->p + o, at - o}))
                    break;
                *s = (struct span){s->p + at + c, s->n - at - c};
                return true;
            }
    return false;
}

/* *支付企业代码, 收款金额(必填), 【必填】币制, 币制: */
static struct span
undressed(struct span s)
{
    static const char *const marks[] = {"*", ":", "★", "●", "\xEF\xBB\xBF"};
    bool cut = s.n <= TITLE_MAX; /* each turn may go through all of it */

    while (cut && s.n) {
        s = trim(s);
        cut = cut_remark(&s, "(", ")") || cut_remark(&s, "[", "]") || cut_remark(&s, "【", "】");
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
            size_t n = strlen(marks[i]);

            if (span_begins(s, marks[i])) {
                s = (struct span){s.p + n, s.n - n};
                cut = true;
            }
            if (span_ends(s, marks[i])) {
                s.n -= n;
                cut = true;
            }
        }
    }
    return s;
}

static int
look_up(const struct header_words *w, struct span word)
{
    int field = find(w, word);
    struct span bare;

    if (field == -1)
        field = find_both(w, word);
    if (field != -1)
        return field;
    bare = undressed(word);
    if (bare.n == word.n)
        return -1;
    field = find(w, bare);
    return field != -1 ? field : find_both(w, bare);
}

/* Names and titles, then what else a column goes by: in SQL, as databases export it, and lp:alias. */
static void
add_own(struct header_words *w, struct arena *a, const struct plan_node *root)
{
    for (uint32_t i = 0; i < root->child_count; i++) {
        add(w, a, root->children[i]->name, (int)i);
        add(w, a, root->children[i]->title, (int)i);
    }
    for (uint32_t i = 0; i < root->child_count; i++) {
        const char *const *alias = root->children[i]->aliases;

        if (root->children[i]->column)
            add(w, a, root->children[i]->column, (int)i);
        for (; alias && *alias; alias++)
            add(w, a, *alias, (int)i);
    }
}

static size_t
room_for(const struct plan_node *root)
{
    size_t room = 3 * (size_t)root->child_count;

    for (uint32_t i = 0; i < root->child_count; i++)
        for (const char *const *alias = root->children[i]->aliases; alias && *alias; alias++)
            room++;
    return room;
}

static struct header_words
words_of(struct arena *a, const struct plan *plan, struct header_aliases aliases)
{
    size_t room = room_for(plan->root);
    struct header_words own = {ARENA_ARRAY(a, struct span, room), ARENA_ARRAY(a, int, room), 0};
    struct header_words all;

    add_own(&own, a, plan->root);
    if (aliases.count == 0)
        return own;
    room += aliases.count;
    all = (struct header_words){ARENA_ARRAY(a, struct span, room), ARENA_ARRAY(a, int, room), 0};
    for (size_t i = 0; i < aliases.count; i++) {
        int field = look_up(&own, header_name(a, span_of(aliases.all[i].to)));

        if (field >= 0)
            add(&all, a, aliases.all[i].from, field);
    }
    for (size_t i = 0; i < own.count; i++, all.count++) {
        all.word[all.count] = own.word[i];
        all.slot[all.count] = own.slot[i];
    }
    return all;
}

int
header_field(struct arena *scratch, const struct plan *plan, struct header_aliases aliases,
             struct span name)
{
    struct header_words w = words_of(scratch, plan, aliases);

    return look_up(&w, header_name(scratch, name));
}

uint32_t
header_known(struct arena *scratch, const struct plan *plan, struct header_aliases aliases,
             const struct span *names, uint32_t count)
{
    struct header_words w = words_of(scratch, plan, aliases);
    uint32_t known = 0;

    for (uint32_t i = 0; i < count; i++)
        known += look_up(&w, header_name(scratch, names[i])) >= 0;
    return known;
}

/* slot -1: of none. */
static void
fault(struct header *h, err_code_t code, struct span seen, int slot)
{
    h->faults[h->fault_count++] = (struct header_fault){code, seen, NULL, "", slot};
}

/* ---- names that are nearly known ---- */

#define NEAR_CHARS 48  /* longer names are no slip of a known one */
#define NEAR_NAMES 100 /* with more unknown names than these, a file is of another kind */

/* The characters of a text, a number each; 0: too many. */
static size_t
characters(struct span s, uint32_t out[NEAR_CHARS])
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; n++) {
        uint32_t c = (unsigned char)s.p[i++];

        while (i < s.n && ((unsigned char)s.p[i] & 0xC0) == 0x80)
            c = c << 8 | (unsigned char)s.p[i++];
        if (n == NEAR_CHARS)
            return 0;
        out[n] = c;
    }
    return n;
}

/* How many characters two names have in common, in their order. */
static size_t
in_common(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    size_t before[NEAR_CHARS + 1] = {0}, here[NEAR_CHARS + 1] = {0};

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m; k++)
            here[k + 1] = a[i] == b[k]              ? before[k] + 1
                          : before[k + 1] > here[k] ? before[k + 1]
                                                    : here[k];
        memcpy(before, here, sizeof before);
    }
    return before[m];
}

/* The slot that no other column is (h NULL: any), and one of whose names is nearest; -1: none is near. */
static int
nearest(const struct header *h, const struct header_words *w, struct span name)
{
    uint32_t mine[NEAR_CHARS], other[NEAR_CHARS];
    size_t n = characters(undressed(name), mine), best = 0, best_of = 1;
    int found = -1;

    for (size_t i = 0; n && i < w->count; i++) {
        size_t m = characters(w->word[i], other), common;

        if (!m || w->slot[i] < 0 || (h && h->column[w->slot[i]] >= 0))
            continue;
        common = 2 * in_common(mine, n, other, m);
        if (common * 10 >= 6 * (n + m) && common * best_of > best * (n + m)) {
            best = common;
            best_of = n + m;
            found = w->slot[i];
        }
    }
    return found;
}

static void
name_nearest(struct header *h, struct arena *a, const struct header_words *w)
{
    uint32_t names = 0;

    for (uint32_t i = 0; i < h->fault_count; i++)
        names += h->faults[i].code == ERR_COLUMN_UNKNOWN;
    for (uint32_t i = 0; i < h->fault_count && names <= NEAR_NAMES; i++) {
        struct header_fault *f = &h->faults[i];

        if (f->code != ERR_COLUMN_UNKNOWN)
            continue;
        if ((f->slot = nearest(h, w, header_name(a, f->seen))) >= 0)
            f->code = ERR_COLUMN_NEAR;
    }
}

/* An unknown name says already that it may be this one. */
static bool
is_named(const struct header *h, int slot)
{
    for (uint32_t i = 0; i < h->fault_count; i++)
        if (h->faults[i].code == ERR_COLUMN_NEAR && h->faults[i].slot == slot)
            return true;
    return false;
}

/* ---- all of a header ---- */

const struct span header_added[HEADER_ADDED] = {
    {"_line",    5},
    {"_column",  7},
    {"_code",    5},
    {"_message", 8}
};

uint32_t
header_own(struct arena *a, const struct span *names, uint32_t count)
{
    while (count > HEADER_ADDED) {
        for (uint32_t i = 0; i < HEADER_ADDED; i++)
            if (!span_eq(header_name(a, names[count - HEADER_ADDED + i]), header_added[i]))
                return count;
        count -= HEADER_ADDED;
    }
    return count;
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
place(struct header *h, struct arena *a, const struct header_slots *s, const struct span *names)
{
    uint32_t known = 0;

    for (uint32_t i = 0; i < h->width; i++) {
        struct span name = header_name(a, names[i]);
        int slot = look_up(&s->words, name);

        if (name.n == 0)
            h->unnamed[h->unnamed_count++] = i;
        else
            h->named = i + 1;
        if (name.n == 0 || name.p[0] == '_')
            continue;
        known += slot >= 0;
        if (slot == HEADER_PASSED)
            continue;
        if (slot < 0)
            fault(h, ERR_COLUMN_UNKNOWN, trim(names[i]), -1);
        else if (slot >= 0 && h->column[slot] >= 0)
            fault(h, ERR_COLUMN_TWICE, trim(names[i]), slot);
        else if (slot >= 0)
            h->column[slot] = (int)i;
    }
    return known;
}

/* Of names that are passed over, those may matter that nearly are one that is needed. */
static void
keep_meant(struct header *h, const struct header_slots *s)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < h->fault_count; i++)
        if (h->faults[i].code == ERR_COLUMN_TWICE ||
            (h->faults[i].code == ERR_COLUMN_NEAR && s->needed[h->faults[i].slot]))
            h->faults[kept++] = h->faults[i];
    h->fault_count = kept;
}

bool
header_place(struct header *h, struct arena *a, const struct header_slots *s,
             const struct span *names, uint32_t count)
{
    *h = (struct header){.width = count};
    h->column = ARENA_ARRAY(a, int, s->count);
    h->unnamed = ARENA_ARRAY(a, uint32_t, (size_t)count + 1);
    h->faults = ARENA_ARRAY(a, struct header_fault, (size_t)count + s->count + 1);
    for (uint32_t i = 0; i < s->count; i++)
        h->column[i] = -1;
    h->correction = is_correction(h, a, names);
    if (place(h, a, s, names) == 0) {
        h->fault_count = h->unnamed_count = 0;
        fault(h, ERR_NO_HEADER, SPAN(""), -1);
        return false;
    }
    name_nearest(h, a, &s->words);
    if (s->others)
        keep_meant(h, s);
    for (uint32_t i = 0; i < s->count; i++)
        if (s->needed[i] && h->column[i] < 0 && !is_named(h, (int)i))
            fault(h, ERR_COLUMN_MISSING, SPAN(""), (int)i);
    for (uint32_t i = 0; i < h->fault_count; i++)
        if (h->faults[i].code == ERR_COLUMN_NEAR || h->faults[i].code == ERR_COLUMN_MISSING)
            h->faults[i].want = s->told[h->faults[i].slot];
    return h->fault_count == 0;
}

uint32_t
header_slots_known(struct arena *scratch, const struct header_slots *s, const struct span *names,
                   uint32_t count, uint32_t *needed)
{
    bool *met = ARENA_ARRAY(scratch, bool, s->count);
    uint32_t known = 0;

    *needed = 0;
    for (uint32_t i = 0; i < count; i++) {
        int slot = look_up(&s->words, header_name(scratch, names[i]));

        if (slot < 0 || met[slot])
            continue;
        met[slot] = true;
        known++;
        *needed += s->needed[slot];
    }
    return known;
}

/* orderNo (订单编号) */
static const char *
both_names(struct arena *a, const struct plan_node *field)
{
    return *field->title ? arena_printf(a, "%s (%s)", field->name, field->title) : field->name;
}

const char *
header_near(struct arena *a, const struct plan *plan, struct header_aliases aliases,
            struct span name)
{
    struct header_words w = words_of(a, plan, aliases);
    int slot = nearest(NULL, &w, header_name(a, name));

    return slot >= 0 ? both_names(a, plan->root->children[slot]) : NULL;
}

/* A feed's columns; what is meant is told with its title. */
bool
header_map(struct header *h, struct arena *a, const struct plan *plan,
           struct header_aliases aliases, const struct span *names, uint32_t count)
{
    uint32_t fields = plan->root->child_count;
    struct header_slots s = {.count = fields,
                             .told = ARENA_ARRAY(a, const char *, fields),
                             .needed = ARENA_ARRAY(a, bool, fields),
                             .words = words_of(a, plan, aliases)};
    bool good;

    for (uint32_t i = 0; i < fields; i++) {
        const struct plan_node *field = plan->root->children[i];

        s.told[i] = field->name;
        s.needed[i] = field->min && !field->dflt;
    }
    good = header_place(h, a, &s, names, count);
    for (uint32_t i = 0; i < h->fault_count; i++) {
        struct header_fault *f = &h->faults[i];

        f->field = f->slot >= 0 ? plan->root->children[f->slot] : NULL;
        if (f->code == ERR_COLUMN_NEAR)
            f->want = both_names(a, f->field);
    }
    return good;
}
