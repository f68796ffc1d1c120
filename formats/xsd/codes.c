/*
 * codes.c - code tables. Open addressing over at most half-full slots, built once and then only
 * read: a look-up is one hash and mostly one comparison.
 */
#include "formats/xsd/codes.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/stream.h"

#define FILE_MAX ((size_t)16 << 20)
#define CODE_MAX 64

/* From one day to another, YYYY-MM-DD, "" where there is no bound. */
struct life {
    const char *from, *until;
    const struct life *next;
};

struct slot {
    struct span code; /* p NULL: free */
    const struct life *lives;
};

struct codes {
    const char *name;
    struct slot *slots;
    size_t mask;
    struct codes_row *rows;
    size_t count;
};

struct loader {
    struct codes *codes;
    struct arena *a;
    const char *path;
    unsigned line;
    int code, from, until, emit, zh, en; /* column numbers, -1: the file has none */
    int columns;
    struct err *e;
};

static size_t
hash(struct span s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ (h >> 32));
}

static struct slot *
slot(const struct codes *c, struct span code)
{
    size_t i = hash(code) & c->mask;

    while (c->slots[i].code.p && !span_eq(c->slots[i].code, code))
        i = (i + 1) & c->mask;
    return &c->slots[i];
}

static rc_t
file_read(const char *path, struct buf *text, struct err *e)
{
    FILE *f = fopen(path, "rb");
    bool whole;

    if (!f)
        return err_set(e, RC_FAIL, ERR_SCHEMA,
                       "%s: cannot be opened; check the folder of code tables", path);
    whole = buf_read(text, f, FILE_MAX);
    fclose(f);
    if (!whole)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: cannot be read", path);
    if (text->n > FILE_MAX)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: larger than 16 MiB; split the table", path);
    if (memchr(text->p, 0, text->n) || span_valid_utf8((struct span){text->p, text->n}) != text->n)
        return err_set(e, RC_FAIL, ERR_SCHEMA, "%s: not UTF-8 text; save it as UTF-8", path);
    return RC_OK;
}

/* Cut the next piece up to `end` off *rest; false when there is none. */
static bool
cut(struct span *rest, char end, struct span *piece)
{
    if (!rest->p)
        return false;

    const char *at = rest->n ? memchr(rest->p, end, rest->n) : NULL;

    piece->p = rest->p;
    piece->n = at ? (size_t)(at - rest->p) : rest->n;
    rest->n -= piece->n + (at ? 1 : 0);
    rest->p = at ? at + 1 : NULL;
    return true;
}

static bool
next_line(struct loader *l, struct span *rest, struct span *line)
{
    if (!rest->n || !cut(rest, '\n', line))
        return false;
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    l->line++;
    return true;
}

static rc_t
header(struct loader *l, struct span line)
{
    const struct {
        const char *name;
        int *at;
    } known[] = {
        {"code",    &l->code },
        {"from",    &l->from },
        {"until",   &l->until},
        {"emit",    &l->emit },
        {"name_zh", &l->zh   },
        {"name_en", &l->en   },
    };
    struct span name;

    while (cut(&line, '\t', &name)) {
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (span_is(name, known[i].name))
                *known[i].at = l->columns;
        l->columns++;
    }
    if (l->code != 0)
        return err_set(l->e, RC_FAIL, ERR_SCHEMA, "%s:1: the first column must be named code",
                       l->path);
    return RC_OK;
}

/* YYYY-MM-DD as YYYYMMDD; false for anything else. */
static bool
plain_date(struct span s, char date8[8])
{
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-')
        return false;
    memcpy(date8, s.p, 4);
    memcpy(date8 + 4, s.p + 5, 2);
    memcpy(date8 + 6, s.p + 8, 2);
    return clock_date_exists(date8);
}

static bool
good_life(struct span from, struct span until)
{
    char date8[8];

    return (from.n == 0 || plain_date(from, date8)) && (until.n == 0 || plain_date(until, date8)) &&
           (from.n == 0 || until.n == 0 || memcmp(from.p, until.p, 10) <= 0);
}

static bool
ends_before(const struct life *a, const struct life *b)
{
    return *a->until && strcmp(a->until, b->from) < 0;
}

/* Enter a code, or one more life of it; false where it lives twice at a time. */
static bool
enter(struct loader *l, struct span code, struct span from, struct span until)
{
    struct slot *s = slot(l->codes, code);
    struct life *life = ARENA_NEW(l->a, struct life);

    life->from = arena_strn(l->a, from.n ? from.p : "", from.n);
    life->until = arena_strn(l->a, until.n ? until.p : "", until.n);
    for (const struct life *other = s->lives; other; other = other->next)
        if (!ends_before(other, life) && !ends_before(life, other))
            return false;
    if (!s->code.p)
        s->code = (struct span){arena_span(l->a, code), code.n};
    life->next = s->lives;
    s->lives = life;
    return true;
}

static rc_t
row(struct loader *l, struct span line)
{
    struct span code = {0}, from = {0}, until = {0}, emit = {0}, zh = SPAN(""), en = SPAN("");
    const struct {
        int column;
        struct span *to;
    } wanted[] = {
        {l->code,  &code },
        {l->from,  &from },
        {l->until, &until},
        {l->emit,  &emit },
        {l->zh,    &zh   },
        {l->en,    &en   },
    };
    struct span field;
    int column = 0;

    for (; cut(&line, '\t', &field); column++)
        for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
            if (column == wanted[i].column)
                *wanted[i].to = field;
    if (column != l->columns)
        return err_set(l->e, RC_FAIL, ERR_SCHEMA,
                       "%s:%u: %d columns; must be %d as in the first line", l->path, l->line,
                       column, l->columns);
    if (code.n == 0 || code.n > CODE_MAX)
        return err_set(l->e, RC_FAIL, ERR_SCHEMA, "%s:%u: code must have 1 to %d bytes", l->path,
                       l->line, CODE_MAX);
    if (!good_life(from, until))
        return err_set(l->e, RC_FAIL, ERR_SCHEMA,
                       "%s:%u: from and until must be dates YYYY-MM-DD, the first not after the "
                       "second",
                       l->path, l->line);
    if (span_is(emit, "no"))
        return RC_OK;
    if (enter(l, code, from, until)) {
        l->codes->rows[l->codes->count++] = (struct codes_row){
            slot(l->codes, code)->code.p, arena_span(l->a, zh), arena_span(l->a, en)};
        return RC_OK;
    }
    return err_set(l->e, RC_FAIL, ERR_SCHEMA,
                   "%s:%u: code %.*s stands twice for the same days; remove one", l->path, l->line,
                   SPAN_F(code));
}

static void
make_room(struct loader *l, struct span text)
{
    size_t lines = 1, size = 16;

    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    while (size < 2 * lines)
        size *= 2;
    l->codes->slots = ARENA_ARRAY(l->a, struct slot, size);
    l->codes->mask = size - 1;
    l->codes->rows = ARENA_ARRAY(l->a, struct codes_row, lines);
}

/* A name comes from a schema file; it must not lead out of the folder. */
static bool
good_name(const char *name)
{
    return name[0] && strlen(name) <= CODE_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

rc_t
codes_load(struct codes **c, struct arena *a, const char *dir, const char *name, struct err *e)
{
    struct loader l = {
        .a = a, .code = -1, .from = -1, .until = -1, .emit = -1, .zh = -1, .en = -1, .e = e};
    struct span rest, line;
    struct buf text = {0};
    rc_t rc;

    *c = NULL;
    if (!good_name(name))
        return err_set(e, RC_FAIL, ERR_SCHEMA, "code table \"%s\": use small letters, digits and _",
                       name);
    l.path = arena_printf(a, "%s/%s.tsv", dir, name);
    l.codes = ARENA_NEW(a, struct codes);
    l.codes->name = arena_str(a, name);
    if ((rc = file_read(l.path, &text, e)) != RC_OK)
        goto out;
    rest = (struct span){text.p, text.n};
    make_room(&l, rest);
    if (!next_line(&l, &rest, &line)) {
        rc = err_set(e, RC_FAIL, ERR_SCHEMA, "%s:1: the first line must name the columns", l.path);
        goto out;
    }
    rc = header(&l, line);
    while (rc == RC_OK && next_line(&l, &rest, &line))
        rc = row(&l, line);
    if (rc == RC_OK)
        *c = l.codes;
out:
    buf_free(&text);
    return rc;
}

enum codes_answer
codes_find(const struct codes *c, struct span code, const char *day, const char **when)
{
    const struct slot *s = slot(c, code);
    const char *next = NULL, *last = "";
    char date[16];

    if (code.n == 0 || !s->code.p)
        return CODES_UNKNOWN;
    if (!*day || (!*s->lives->from && !*s->lives->until))
        return CODES_HAS;
    snprintf(date, sizeof(date), "%.4s-%.2s-%.2s", day, day + 4, day + 6);
    for (const struct life *life = s->lives; life; life = life->next) {
        bool begun = strcmp(life->from, date) <= 0;
        bool over = *life->until && strcmp(life->until, date) < 0;

        if (begun && !over)
            return CODES_HAS;
        if (over && strcmp(life->until, last) > 0)
            last = life->until;
        if (!begun && (!next || strcmp(life->from, next) < 0))
            next = life->from;
    }
    *when = next ? next : last;
    return next ? CODES_NOT_YET : CODES_OVER;
}

const char *
codes_name(const struct codes *c)
{
    return c->name;
}

const struct codes_row *
codes_rows(const struct codes *c, size_t *count)
{
    *count = c->count;
    return c->rows;
}
