#include "conf/conf_text.h"

#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/span.h"

#define MAX_FILE    (1024 * 1024)
#define MAX_INCLUDE 8

static void
problem_v(struct conf_reader *r, const char *where, const char *format, va_list ap)
{
    struct conf_problem *p = ARENA_NEW(r->arena, struct conf_problem);
    char text[700];

    vsnprintf(text, sizeof(text), format, ap);
    p->text = arena_printf(r->arena, "%s: %s", where, text);
    *r->last = p;
    r->last = &p->next;
    r->problems++;
}

/* "file:line" of a line of the joined text. */
const char *
conf_where(struct conf_reader *r, uint32_t line)
{
    const struct conf_segment *all = (const struct conf_segment *)(void *)r->segments.p, *s = NULL;

    for (size_t i = 0; i < r->segments.n / sizeof(*all); i++)
        if (all[i].line <= line)
            s = &all[i];
    if (!s)
        return r->conf->file;
    return arena_printf(r->arena, "%s:%u", s->file, s->file_line + line - s->line);
}

void
conf_problem_at(struct conf_reader *r, uint32_t line, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    problem_v(r, conf_where(r, line), format, ap);
    va_end(ap);
}

void
conf_problem_in(struct conf_reader *r, const char *file, const char *format, ...)
{
    va_list ap;

    r->unusable = true;
    va_start(ap, format);
    problem_v(r, file, format, ap);
    va_end(ap);
}

static int
by_path(const void *a, const void *b)
{
    const struct conf_place *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* The first place of that path; NULL: it is not in the file. */
const struct conf_place *
conf_find_place(const struct conf_reader *r, const char *path)
{
    const struct conf_place *all = (const struct conf_place *)(void *)r->places.p;
    size_t low = 0, high = r->places.n / sizeof(*all);

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (strcmp(all[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->places.n / sizeof(*all) && strcmp(all[low].path, path) == 0 ? &all[low] : NULL;
}

void
conf_sort_places(struct conf_reader *r)
{
    struct conf_place *all = (struct conf_place *)(void *)r->places.p;
    size_t n = r->places.n / sizeof(*all);

    if (n == 0)
        return;
    qsort(all, n, sizeof(*all), by_path);
    for (size_t i = 1; i < n; i++)
        if (strcmp(all[i].path, all[i - 1].path) == 0 && !all[i].adds)
            conf_problem_at(r, all[i].line, "%s is given twice, first at %s; keep one of them",
                            all[i].path, conf_where(r, all[i - 1].line));
}

/* --- First pass: the text --------------------------------------------------------------------- */

enum token { TOKEN_BLANK, TOKEN_WORD, TOKEN_STRING, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_SET, TOKEN_ADD };

static const char *
string_end(const char *p, const char *end)
{
    char quote = *p++;

    for (; p < end && *p != quote; p++)
        if (*p == '\\' && p + 1 < end)
            p++;
    return p < end ? p + 1 : end;
}

static const char *
word_end(const char *p, const char *end)
{
    while (p < end && !strchr(" \t\r\n\"'#{}(),=", *p) && !(p[0] == '+' && p[1] == '=')) {
        if (p[0] == '$' && p[1] == '{') {
            const char *close = memchr(p, '}', (size_t)(end - p));

            p = close ? close : end - 1;
        }
        p++;
    }
    return p;
}

static const char *
past(const char *p, const char *end, const char *mark)
{
    const char *found = strstr(p, mark);

    return found ? found + strlen(mark) : end;
}

static const char *
token_end(const char *p, const char *end, enum token *kind)
{
    *kind = TOKEN_BLANK;
    if (p[0] == '#' || (p[0] == '/' && p[1] == '/'))
        return p + strcspn(p, "\n");
    if (p[0] == '/' && p[1] == '*')
        return past(p + 2, end, "*/");
    if (strchr(" \t\r\n,()", *p))
        return p + 1;
    if (p[0] == '"' || p[0] == '\'') {
        *kind = TOKEN_STRING;
        return string_end(p, end);
    }
    if (p[0] == '{' || p[0] == '}' || p[0] == '=') {
        *kind = p[0] == '{' ? TOKEN_OPEN : p[0] == '}' ? TOKEN_CLOSE : TOKEN_SET;
        return p + 1;
    }
    if (p[0] == '+' && p[1] == '=') {
        *kind = TOKEN_ADD;
        return p + 2;
    }
    *kind = TOKEN_WORD;
    return word_end(p, end);
}

static const char *
join_path(struct conf_reader *r, const char *name, const char *title)
{
    const char *parent = r->depth > 0 ? r->frames[r->depth - 1].path : "";
    const char *path = arena_printf(r->arena, "%s%s%s", parent, *parent ? "/" : "", name);

    return title ? arena_printf(r->arena, "%s %s", path, title) : path;
}

/* In a section whose names are anybody's; they become settings of the database. */
static void
begin_free(struct conf_reader *r, const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    r->subopts = NULL;
    if (n >= 1 && n <= 60 && !name[n] && !strchr("0123456789", *name)) {
        buf_put(&r->names, &name, sizeof name);
        return;
    }
    conf_problem_at(r, r->line,
                    "'%s' is no name for a setting: up to 60 small letters, digits and _, a letter "
                    "first",
                    join_path(r, name, NULL));
    r->unknown = true;
    r->unknown_depth = r->depth;
}

/* A statement begins. One nobody knows is a problem, and kept from libConfuse, which would stop. */
static void
begin_statement(struct conf_reader *r, const char *name)
{
    const struct conf_option *o = r->depth > 0 ? r->frames[r->depth - 1].opts : r->opts;

    if (o == conf_free && !r->unknown) {
        begin_free(r, name);
        return;
    }
    if (r->unknown || !o) /* in braces behind a name that takes none libConfuse finds the fault */
        return;
    while (o->name && strcmp(o->name, name) != 0 && !(o->also && strcmp(o->also, name) == 0))
        o++;
    r->subopts = o->options;
    if (o->name)
        return;
    conf_problem_at(r, r->line, "no such option '%s'; %s shows every option",
                    join_path(r, name, NULL), r->help);
    r->unknown = true;
    r->unknown_depth = r->depth;
}

static void
end_statement(struct conf_reader *r)
{
    r->value = false;
    r->word_count = 0;
    if (r->depth <= r->unknown_depth)
        r->unknown = false;
}

static void
note_place(struct conf_reader *r, const char *path, bool section, bool adds)
{
    struct conf_place place = {path, r->line, section, adds};

    buf_put(&r->places, &place, sizeof(place));
}

/* An unset variable would become an empty string without a word. */
static void
check_variables(struct conf_reader *r, const char *p, const char *end)
{
    uint32_t line = r->line;

    for (; p + 1 < end; p++) {
        char name[64];
        size_t n;

        line += *p == '\n';
        if (p[0] != '$' || p[1] != '{')
            continue;
        n = strcspn(p + 2, ":}\"\n");
        snprintf(name, sizeof(name), "%.*s", (int)n, p + 2);
        if (p[2 + n] == '}' && (!getenv(name) || !*getenv(name)))
            conf_problem_at(r, line,
                            "environment variable %s is not set; set it or write ${%s:-value}",
                            name, name);
    }
}

static void
take_word(struct conf_reader *r, const char *p, const char *end, enum token kind)
{
    if (kind == TOKEN_WORD || *p == '"')
        check_variables(r, p, end);
    if (r->depth > 0 && r->frames[r->depth - 1].list)
        return;
    if (r->value) {
        end_statement(r);
        return;
    }
    if (kind == TOKEN_STRING) {
        p++;
        end -= end > p;
    }
    if (r->word_count < 2)
        r->words[r->word_count++] = arena_strn(r->arena, p, (size_t)(end - p));
    if (r->word_count == 1)
        begin_statement(r, r->words[0]);
}

static void
take_open(struct conf_reader *r)
{
    struct conf_frame f = {"", r->line, r->value, r->subopts};

    if (r->depth == CONF_DEPTH) {
        if (!r->unusable)
            conf_problem_in(r, conf_where(r, r->line), "braces are nested too deeply");
        return;
    }
    if (!f.list && r->word_count > 0) {
        f.path = join_path(r, r->words[0], r->word_count > 1 ? r->words[1] : NULL);
        note_place(r, f.path, true, false);
    }
    r->frames[r->depth++] = f;
    r->value = false;
    r->word_count = 0;
}

static void
take_token(struct conf_reader *r, const char *p, const char *end, enum token kind)
{
    switch (kind) {
    case TOKEN_WORD:
    case TOKEN_STRING:
        take_word(r, p, end, kind);
        break;
    case TOKEN_OPEN:
        take_open(r);
        break;
    case TOKEN_CLOSE:
        r->depth -= r->depth > 0; /* one too many is a syntax error to libConfuse */
        end_statement(r);
        break;
    case TOKEN_SET:
    case TOKEN_ADD:
        if (r->word_count > 0)
            note_place(r, join_path(r, r->words[0], NULL), false, kind == TOKEN_ADD);
        r->value = true;
        break;
    case TOKEN_BLANK:
        break;
    }
}

/* For libConfuse, or only its lines. */
static void
emit(struct conf_reader *r, const char *p, const char *end, bool wanted)
{
    if (wanted)
        buf_put(&r->text, p, (size_t)(end - p));
    for (; p < end; p++) {
        r->line += *p == '\n';
        if (!wanted && *p == '\n')
            buf_put(&r->text, p, 1);
    }
}

static void
begin_segment(struct conf_reader *r, const char *file, uint32_t file_line)
{
    struct conf_segment s = {r->line, file_line, file};

    buf_put(&r->segments, &s, sizeof(s));
}

/* Files of include("…"), a pattern too, relative to the main file. */
static void
include_files(struct conf_reader *r, const char *p, size_t n, uint32_t at, int level)
{
    const char *name = arena_strn(r->arena, p, n);
    const char *path = name[0] == '/' ? name : arena_printf(r->arena, "%s/%s", r->conf->dir, name);
    glob_t found;

    if (level >= MAX_INCLUDE) {
        conf_problem_in(r, conf_where(r, at),
                        "includes are nested too deeply: a file includes itself?");
        return;
    }
    if (glob(path, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            conf_scan(r, arena_str(r->arena, found.gl_pathv[i]), level + 1);
        globfree(&found);
    } else if (!strpbrk(name, "*?[")) {
        conf_problem_in(r, conf_where(r, at), "include: cannot read %s", path);
    }
}

/* After the word include: ( "name" ). NULL when it is something else. */
static const char *
include_end(const char *p, const char **name, size_t *n)
{
    const char *close;

    p += strspn(p, " \t");
    if (*p++ != '(')
        return NULL;
    p += strspn(p, " \t");
    if (*p != '"' && *p != '\'')
        return NULL;
    if (!(close = strchr(p + 1, *p)))
        return NULL;
    *name = p + 1;
    *n = (size_t)(close - p - 1);
    close += 1 + strspn(close + 1, " \t");
    return *close == ')' ? close + 1 : NULL;
}

static void
scan_text(struct conf_reader *r, const char *file, const char *p, const char *end, int level)
{
    uint32_t first = r->line, own = 1; /* own: line of this file at r->line == first */

    begin_segment(r, file, 1);
    while (p < end && !r->unusable) {
        enum token kind;
        const char *next = token_end(p, end, &kind), *name, *after;
        bool unknown;
        size_t n;

        if (kind == TOKEN_WORD && next - p == 7 && memcmp(p, "include", 7) == 0 && !r->value &&
            (after = include_end(next, &name, &n)) != NULL) {
            own += r->line - first;
            include_files(r, name, n, r->line, level);
            emit(r, "\n", "\n" + 1, true);
            begin_segment(r, file, own);
            first = r->line;
            p = after;
            continue;
        }
        unknown = r->unknown;
        take_token(r, p, next, kind);
        emit(r, p, next, !unknown && !r->unknown);
        p = next;
    }
}

static bool
read_whole(struct conf_reader *r, const char *file, char **text, size_t *n)
{
    struct stat st;
    FILE *f = fopen(file, "re");

    /* libConfuse's lexer ends the process on a directory. */
    if (!f || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE) {
        conf_problem_in(r, file, "cannot read this file: %s",
                        !f                     ? strerror(errno)
                        : S_ISDIR(st.st_mode)  ? "it is a folder"
                        : !S_ISREG(st.st_mode) ? "it is not a regular file"
                                               : "it is larger than 1 MiB");
        if (f)
            fclose(f);
        return false;
    }
    *text = arena_alloc(r->arena, (size_t)st.st_size + 1);
    *n = fread(*text, 1, (size_t)st.st_size, f);
    fclose(f);
    return true;
}

void
conf_scan(struct conf_reader *r, const char *file, int level)
{
    char *text;
    size_t n, good;
    int depth = r->depth;

    if (!read_whole(r, file, &text, &n))
        return;
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* editors put one there unasked */
        text += 3;
        n -= 3;
    }
    good = span_valid_utf8((struct span){text, n});
    if (memchr(text, '\0', n))
        good = (size_t)((char *)memchr(text, '\0', n) - text);
    if (good < n) {
        uint32_t line = 1;

        for (size_t i = 0; i < good; i++)
            line += text[i] == '\n';
        conf_problem_in(r, arena_printf(r->arena, "%s:%u", file, line),
                        "byte %zu of the file is no UTF-8 text; save it as UTF-8", good + 1);
        return;
    }
    scan_text(r, file, text, text + n, level);
    if (!r->unusable && r->depth > depth)
        conf_problem_in(r, conf_where(r, r->frames[r->depth - 1].line),
                        "the file ends before the brace opened here is closed; is it whole?");
    r->depth = depth;
}
