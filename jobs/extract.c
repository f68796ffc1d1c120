#include "extract.h"

#include <stddef.h>
#include <string.h>

#include "base/span.h"
#include "spool/fsio.h"

#define FILE_MAX (256 * 1024)

enum argument { ARGUMENT_NONE, ARGUMENT_NEEDED };

/* The sections there may be one of. */
static const struct {
    const char *name;
    enum argument argument;
    size_t part;
} extract_parts[] = {
    {"documents", ARGUMENT_NONE,   offsetof(struct extract, documents)},
    {"prepare",   ARGUMENT_NONE,   offsetof(struct extract, prepare)  },
    {"closed",    ARGUMENT_NONE,   offsetof(struct extract, closed)   },
    {"report",    ARGUMENT_NEEDED, offsetof(struct extract, report)   },
    {"held",      ARGUMENT_NONE,   offsetof(struct extract, held)     },
    {"answered",  ARGUMENT_NONE,   offsetof(struct extract, answered) },
};

#define SECTIONS                                                                                   \
    "-- documents, -- level: PATH, -- held, -- prepare, -- closed, -- answered, -- report: "       \
    "PERIOD, -- include: FILE"

struct reading {
    struct extract *x;
    struct arena *arena;
    extract_finder *find;
    void *ctx;
    const char *file;
    bool included; /* it is another's "-- include" */
    int line;
    bool open;         /* a section is */
    int opened;        /* ... in this line */
    const char **slot; /* its text's place */
    char *begins;      /* its text */
};

static rc_t
fault(const struct reading *f, int line, struct err *e, const char *said)
{
    return err_set(e, RC_FAIL, ERR_EXTRACT, "%s:%d: %s", f->file, line, said);
}

/* ---- headings ---- */

struct heading {
    struct span name, argument;
    bool colon;
};

static bool
is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

/* "-- name" alone or "-- name: argument". Anything else is a comment. */
static bool
is_heading(struct span line, struct heading *h)
{
    const char *p = line.p + 3, *end = line.p + line.n;
    const char *name = p;

    if (line.n < 4 || memcmp(line.p, "-- ", 3) != 0)
        return false;
    while (p < end && is_small(*p))
        p++;
    h->name = (struct span){name, (size_t)(p - name)};
    h->colon = p < end && *p == ':';
    h->argument = span_trim((struct span){p + h->colon, (size_t)(end - p) - h->colon});
    return h->name.n && (h->colon || !h->argument.n);
}

static bool
is_known(struct span name)
{
    if (span_is(name, "level") || span_is(name, "include"))
        return true;
    for (size_t i = 0; i < sizeof extract_parts / sizeof *extract_parts; i++)
        if (span_is(name, extract_parts[i].name))
            return true;
    return false;
}

/* ---- sections ---- */

/* Anything but blanks and comments. */
static bool
holds_sql(const char *text)
{
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        struct span line = span_trim((struct span){p, n});

        if (line.n && (line.n < 2 || memcmp(line.p, "--", 2) != 0))
            return true;
        p += n + (p[n] == '\n');
    }
    return false;
}

/* The section at hand ends before `end`, where the next heading stands. */
static rc_t
close_section(struct reading *f, char *end, struct err *e)
{
    if (!f->open)
        return RC_OK;
    f->open = false;
    *end = '\0';
    if (!holds_sql(f->begins))
        return fault(f, f->opened, e, "the section holds no SQL");
    *f->slot = f->begins;
    return RC_OK;
}

static rc_t
open_level(struct reading *f, const struct heading *h, struct err *e)
{
    struct extract *x = f->x;
    const char *path = arena_span(f->arena, h->argument);

    if (!h->colon)
        return fault(f, f->line, e, "a level is \"-- level: PATH\", of the root \"-- level:\"");
    for (uint32_t i = 0; i < x->count; i++)
        if (strcmp(x->levels[i].path, path) == 0)
            return fault(f, f->line, e,
                         arena_printf(f->arena, "level '%s' is there already, in %s:%d", path,
                                      x->levels[i].file, x->levels[i].line));
    if (x->count == EXTRACT_LEVELS)
        return fault(f, f->line, e,
                     arena_printf(f->arena,
                                  "more than %d sections \"-- level: PATH\"; a message may have "
                                  "%d levels",
                                  EXTRACT_LEVELS, EXTRACT_LEVELS));
    x->levels[x->count].path = path;
    x->levels[x->count].file = f->file;
    x->levels[x->count].line = f->line;
    f->slot = &x->levels[x->count++].query;
    return RC_OK;
}

static rc_t
open_part(struct reading *f, const struct heading *h, size_t which, struct err *e)
{
    struct extract_part *part =
        (struct extract_part *)(void *)((char *)f->x + extract_parts[which].part);
    bool needed = extract_parts[which].argument == ARGUMENT_NEEDED;

    if (part->line)
        return fault(f, f->line, e,
                     arena_printf(f->arena, "section '%s' is there already, in %s:%d",
                                  extract_parts[which].name, part->file, part->line));
    if (needed != (h->argument.n > 0) || h->colon != needed)
        return fault(f, f->line, e,
                     arena_printf(f->arena, "section '%s' %s", extract_parts[which].name,
                                  needed ? "says something behind a colon; see sql/README.md"
                                         : "has nothing behind it"));
    part->file = f->file;
    part->line = f->line;
    part->argument = arena_span(f->arena, h->argument);
    f->slot = &part->sql;
    return RC_OK;
}

static rc_t
open_section(struct reading *f, const struct heading *h, char *text, struct err *e)
{
    rc_t rc = RC_OK;

    if (span_is(h->name, "level"))
        rc = open_level(f, h, e);
    for (size_t i = 0; rc == RC_OK && i < sizeof extract_parts / sizeof *extract_parts; i++)
        if (span_is(h->name, extract_parts[i].name))
            rc = open_part(f, h, i, e);
    f->open = true;
    f->opened = f->line;
    f->begins = text;
    return rc;
}

static rc_t read_file(struct reading *f, struct err *e);

/* Only below the folder it is looked for in. */
static bool
is_inside(const char *name)
{
    return *name && *name != '/' && !strstr(name, "..");
}

static rc_t
include(struct reading *f, const struct heading *h, struct err *e)
{
    const char *name = arena_span(f->arena, h->argument);
    struct reading other = {.x = f->x, .arena = f->arena, .included = true};

    if (f->included)
        return fault(f, f->line, e, "a file that is included includes none itself");
    if (!is_inside(name) || !(other.file = f->find(f->ctx, f->arena, name)))
        return fault(f, f->line, e,
                     arena_printf(f->arena,
                                  "no file '%s' to include, neither beside this one nor in the "
                                  "folder common there",
                                  name));
    return read_file(&other, e);
}

/* ---- a file ---- */

static rc_t
read_heading(struct reading *f, const struct heading *h, char *line, char *next, struct err *e)
{
    rc_t rc = close_section(f, line, e);

    if (rc != RC_OK)
        return rc;
    return span_is(h->name, "include") ? include(f, h, e) : open_section(f, h, next, e);
}

/* Before the first section comments say what they like, so that only a known word begins one. */
static rc_t
read_line(struct reading *f, char *line, char *next, struct err *e)
{
    struct span text = {line, strcspn(line, "\n")};
    struct heading h;

    if (is_heading(text, &h)) {
        if (is_known(h.name))
            return read_heading(f, &h, line, next, e);
        if (f->open)
            return fault(
                f, f->line, e,
                arena_printf(f->arena, "no section '%.*s'; they are " SECTIONS, SPAN_F(h.name)));
    }
    text = span_trim(text);
    if (!f->open && text.n && *text.p != '-')
        return fault(f, f->line, e,
                     "a query stands outside of the sections; begin it with \"-- level: PATH\"");
    return RC_OK;
}

static rc_t
read_file(struct reading *f, struct err *e)
{
    struct span text;
    char *line, *end;
    rc_t rc = fsio_read_file(f->arena, f->file, FILE_MAX, &text, e);

    if (rc != RC_OK)
        return rc;
    line = arena_span(f->arena, text);
    end = line + text.n;
    while (rc == RC_OK && line < end) {
        char *next = memchr(line, '\n', (size_t)(end - line));

        next = next ? next + 1 : end;
        f->line++;
        if (memchr(line, '\0', (size_t)(next - line)))
            return fault(f, f->line, e, "the line has a character 0 in it; it is no text");
        rc = read_line(f, line, next, e);
        line = next;
    }
    return rc == RC_OK ? close_section(f, end, e) : rc;
}

rc_t
extract_read(struct extract *x, struct arena *a, const char *file, extract_finder *find, void *ctx,
             struct err *e)
{
    struct reading f = {.x = x, .arena = a, .find = find, .ctx = ctx, .file = file};

    memset(x, 0, sizeof *x);
    x->file = file;
    return read_file(&f, e);
}

rc_t
extract_has_levels(const struct extract *x, struct err *e)
{
    if (!x->count)
        return err_set(e, RC_FAIL, ERR_EXTRACT, "%s: no section \"-- level: PATH\"", x->file);
    return RC_OK;
}

const char *
extract_filled(struct arena *a, const char *sql, const char *text)
{
    const char *mark = strstr(sql, "%1$s");

    return arena_printf(a, "%.*s%s%s", (int)(mark - sql), sql, text, mark + 4);
}
