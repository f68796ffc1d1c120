/*
 * conf.c - landport.conf in three passes: the text (form, includes, places), libConfuse, meaning.
 *
 * libConfuse accepts a file that ends inside a section, makes an unset ${VAR} an empty string,
 * forgets where values stood and silently takes the last of two. So the text is walked first: that
 * walk joins the includes into one buffer and notes the line of every section and option. All
 * options are strings to libConfuse; units, bounds and names are checked here, all of them.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "conf.h"

#include <confuse.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "span.h"
#include "stream.h"

#define MAX_FILE    (1024 * 1024)
#define MAX_INCLUDE 8
#define MAX_DEPTH   16

/* --- What may be written ---------------------------------------------------------------------- */

#define OPT(name)           CFG_STR(name, NULL, CFGF_NODEFAULT)
#define LIST(name)          CFG_STR_LIST(name, NULL, CFGF_NODEFAULT)
#define SECTION(name, opts) CFG_SEC(name, opts, CFGF_NONE)
#define TITLED(name, opts)  CFG_SEC(name, opts, CFGF_MULTI | CFGF_TITLE)

/* clang-format off */
static cfg_opt_t zone_opts[] = {
    OPT("code"), OPT("name"), OPT("customs"), OPT("timezone"), OPT("test"), CFG_END()};
static cfg_opt_t database_opts[] = {OPT("embedded"), OPT("conninfo"), CFG_END()};
static cfg_opt_t spool_opts[] = {OPT("root"), OPT("keep"), OPT("min-free"), CFG_END()};
static cfg_opt_t formats_opts[] = {OPT("share"), OPT("site"), CFG_END()};
static cfg_opt_t schedule_opts[] = {
    OPT("pickup"), OPT("ingest"), OPT("reconcile"), OPT("declare"), OPT("publish"), OPT("archive"),
    OPT("report"), OPT("deadline"), OPT("quiet"), CFG_END()};
static cfg_opt_t reconcile_opts[] = {OPT("tolerance"), OPT("slack"), OPT("overdue"), CFG_END()};
static cfg_opt_t dropbox_opts[] = {
    OPT("url"), OPT("key"), OPT("known-hosts"), OPT("in"), OPT("out"), OPT("done"), OPT("ready"),
    OPT("settle"), OPT("idle"), CFG_END()};
static cfg_opt_t pattern_opts[] = {OPT("glob"), CFG_END()};
static cfg_opt_t alias_opts[] = {OPT("to"), CFG_END()};
static cfg_opt_t limits_opts[] = {OPT("size"), OPT("rows"), OPT("files"), CFG_END()};
static cfg_opt_t partner_opts[] = {
    OPT("name"), LIST("roles"), LIST("codes"), LIST("feeds"), OPT("charset"), OPT("deadline"),
    OPT("reject-limit"), OPT("soft-reject"), OPT("soft_reject"), OPT("totals"),
    SECTION("limits", limits_opts),
    TITLED("pattern", pattern_opts), TITLED("alias", alias_opts),
    SECTION("dropbox", dropbox_opts), CFG_END()};
static cfg_opt_t declarant_opts[] = {OPT("code"), OPT("name"), CFG_END()};
static cfg_opt_t transfer_opts[] = {OPT("copCode"), OPT("copName"), OPT("dxpId"), CFG_END()};
static cfg_opt_t sign_opts[] = {
    OPT("method"), OPT("key"), OPT("cert"), LIST("command"), OPT("deadline"), OPT("user-id"),
    CFG_END()};
static cfg_opt_t message_sign_opts[] = {
    LIST("messages"), OPT("method"), OPT("key"), OPT("cert"), LIST("command"), OPT("deadline"),
    OPT("user-id"), OPT("key-name"), OPT("digest"), OPT("signature-method"), OPT("digest-method"),
    CFG_END()};
static cfg_opt_t envelope_opts[] = {OPT("format"), OPT("sender"), LIST("receivers"), CFG_END()};
static cfg_opt_t agency_opts[] = {
    OPT("name"), LIST("messages"), OPT("per-message"), OPT("cutoff"), OPT("container"),
    SECTION("declarant", declarant_opts), SECTION("transfer", transfer_opts),
    SECTION("sign", sign_opts), SECTION("message-sign", message_sign_opts),
    SECTION("envelope", envelope_opts), SECTION("dropbox", dropbox_opts), CFG_END()};
static cfg_opt_t root_opts[] = {
    SECTION("zone", zone_opts), SECTION("database", database_opts), SECTION("spool", spool_opts),
    SECTION("formats", formats_opts), SECTION("schedule", schedule_opts),
    SECTION("reconcile", reconcile_opts), TITLED("partner", partner_opts),
    TITLED("agency", agency_opts), CFG_END()};
/* clang-format on */

static const char *const known_roles[] = {"platform",  "seller", "payment", "logistics",
                                          "warehouse", "agent",  NULL};
static const char *const known_charsets[] = {"auto", "utf-8", "gb18030", "gbk", "utf-16", NULL};

/* --- Problems and places ---------------------------------------------------------------------- */

struct place { /* "partner LYLOGI01/dropbox/url" and the line of the joined text it stands in */
    const char *path;
    uint32_t line;
    bool section, adds;
};

struct segment { /* from this line of the joined text on: that file, counting from file_line */
    uint32_t line, file_line;
    const char *file;
};

struct frame { /* an open brace */
    const char *path;
    uint32_t line;
    bool list;
    const cfg_opt_t *opts; /* what may stand in it */
};

struct reader {
    struct arena *arena;
    struct conf *conf;
    struct conf_problem *first, **last;
    uint32_t problems;
    bool unusable; /* the form is broken: what follows would only be noise */

    struct buf text; /* the joined files */
    uint32_t line;
    struct buf places, segments;
    struct frame frames[MAX_DEPTH];
    int depth;
    const char *words[2]; /* of the statement being read: name and title */
    int word_count;
    bool value;               /* after '=' */
    const cfg_opt_t *subopts; /* of the statement being read */
    bool unknown;             /* it has no such name; all of it is passed over */
    int unknown_depth;
};

static void
problem_v(struct reader *r, const char *where, const char *format, va_list ap)
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
static const char *
where_line(struct reader *r, uint32_t line)
{
    const struct segment *all = (const struct segment *)(void *)r->segments.p, *s = NULL;

    for (size_t i = 0; i < r->segments.n / sizeof(*all); i++)
        if (all[i].line <= line)
            s = &all[i];
    if (!s)
        return r->conf->file;
    return arena_printf(r->arena, "%s:%u", s->file, s->file_line + line - s->line);
}

static void __attribute__((format(printf, 3, 4)))
problem_at(struct reader *r, uint32_t line, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    problem_v(r, where_line(r, line), format, ap);
    va_end(ap);
}

static void __attribute__((format(printf, 3, 4)))
problem_in(struct reader *r, const char *file, const char *format, ...)
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
    const struct place *x = a, *y = b;
    int order = strcmp(x->path, y->path);

    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* The first place of that path; NULL: it is not in the file. */
static const struct place *
find_place(const struct reader *r, const char *path)
{
    const struct place *all = (const struct place *)(void *)r->places.p;
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

static void
sort_places(struct reader *r)
{
    struct place *all = (struct place *)(void *)r->places.p;
    size_t n = r->places.n / sizeof(*all);

    if (n == 0)
        return;
    qsort(all, n, sizeof(*all), by_path);
    for (size_t i = 1; i < n; i++)
        if (strcmp(all[i].path, all[i - 1].path) == 0 && !all[i].adds)
            problem_at(r, all[i].line, "%s is given twice, first at %s; keep one of them",
                       all[i].path, where_line(r, all[i - 1].line));
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
join_path(struct reader *r, const char *name, const char *title)
{
    const char *parent = r->depth > 0 ? r->frames[r->depth - 1].path : "";
    const char *path = arena_printf(r->arena, "%s%s%s", parent, *parent ? "/" : "", name);

    return title ? arena_printf(r->arena, "%s %s", path, title) : path;
}

/* A statement begins. One nobody knows is a problem, and kept from libConfuse, which would stop. */
static void
begin_statement(struct reader *r, const char *name)
{
    const cfg_opt_t *o = r->depth > 0 ? r->frames[r->depth - 1].opts : root_opts;

    if (r->unknown || !o) /* in braces behind a name that takes none libConfuse finds the fault */
        return;
    while (o->name && strcmp(o->name, name) != 0)
        o++;
    r->subopts = o->subopts;
    if (o->name)
        return;
    problem_at(r, r->line, "no such option '%s'; landport check --example shows every option",
               join_path(r, name, NULL));
    r->unknown = true;
    r->unknown_depth = r->depth;
}

static void
end_statement(struct reader *r)
{
    r->value = false;
    r->word_count = 0;
    if (r->depth <= r->unknown_depth)
        r->unknown = false;
}

static void
note_place(struct reader *r, const char *path, bool section, bool adds)
{
    struct place place = {path, r->line, section, adds};

    buf_put(&r->places, &place, sizeof(place));
}

/* An unset variable would become an empty string without a word. */
static void
check_variables(struct reader *r, const char *p, const char *end)
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
            problem_at(r, line, "environment variable %s is not set; set it or write ${%s:-value}",
                       name, name);
    }
}

static void
take_word(struct reader *r, const char *p, const char *end, enum token kind)
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
take_open(struct reader *r)
{
    struct frame f = {"", r->line, r->value, r->subopts};

    if (r->depth == MAX_DEPTH) {
        if (!r->unusable)
            problem_in(r, where_line(r, r->line), "braces are nested too deeply");
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
take_token(struct reader *r, const char *p, const char *end, enum token kind)
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
emit(struct reader *r, const char *p, const char *end, bool wanted)
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
begin_segment(struct reader *r, const char *file, uint32_t file_line)
{
    struct segment s = {r->line, file_line, file};

    buf_put(&r->segments, &s, sizeof(s));
}

static void scan_file(struct reader *r, const char *file, int level);

/* Files of include("…"), a pattern too, relative to the main file. */
static void
include_files(struct reader *r, const char *p, size_t n, uint32_t at, int level)
{
    const char *name = arena_strn(r->arena, p, n);
    const char *path = name[0] == '/' ? name : arena_printf(r->arena, "%s/%s", r->conf->dir, name);
    glob_t found;

    if (level >= MAX_INCLUDE) {
        problem_in(r, where_line(r, at), "includes are nested too deeply: a file includes itself?");
        return;
    }
    if (glob(path, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            scan_file(r, arena_str(r->arena, found.gl_pathv[i]), level + 1);
        globfree(&found);
    } else if (!strpbrk(name, "*?[")) {
        problem_in(r, where_line(r, at), "include: cannot read %s", path);
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
scan_text(struct reader *r, const char *file, const char *p, const char *end, int level)
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
read_whole(struct reader *r, const char *file, char **text, size_t *n)
{
    struct stat st;
    FILE *f = fopen(file, "re");

    /* libConfuse's lexer ends the process on a directory. */
    if (!f || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE) {
        problem_in(r, file, "cannot read this file: %s",
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

static void
scan_file(struct reader *r, const char *file, int level)
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
        problem_in(r, arena_printf(r->arena, "%s:%u", file, line),
                   "byte %zu of the file is no UTF-8 text; save it as UTF-8", good + 1);
        return;
    }
    scan_text(r, file, text, text + n, level);
    if (!r->unusable && r->depth > depth)
        problem_in(r, where_line(r, r->frames[r->depth - 1].line),
                   "the file ends before the brace opened here is closed; is it whole?");
    r->depth = depth;
}

/* --- Second pass: libConfuse ------------------------------------------------------------------ */

static struct reader *parsing; /* libConfuse hands no context to its error function */

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *format, va_list ap)
{
    char text[300];

    vsnprintf(text, sizeof(text), format, ap);
    parsing->unusable = true;
    problem_at(parsing, cfg ? (uint32_t)cfg->line : 1,
               "%s; nothing behind it was read (landport check --example shows every option)",
               text);
}

static cfg_t *
parse(struct reader *r)
{
    cfg_t *cfg = cfg_init(root_opts, CFGF_NONE);
    int rc;

    buf_put(&r->text, "\n", 2); /* with its NUL: libConfuse takes a C string */
    parsing = r;
    cfg_set_error_function(cfg, on_error);
    rc = cfg_parse_buf(cfg, r->text.p);
    parsing = NULL;
    if (rc != CFG_SUCCESS && !r->unusable)
        problem_in(r, r->conf->file, "cannot be parsed");
    return cfg;
}

/* --- Third pass: meaning ---------------------------------------------------------------------- */

struct part { /* a section and how it is called */
    struct reader *r;
    cfg_t *cfg;
    const char *path;
};

static void __attribute__((format(printf, 3, 4)))
wrong(const struct part *p, const char *name, const char *format, ...)
{
    const struct place *place = NULL;
    const char *path = p->path;
    char text[600];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    if (name) {
        path = arena_printf(p->r->arena, "%s%s%s", p->path, *p->path ? "/" : "", name);
        place = find_place(p->r, path);
    }
    if (!place)
        place = find_place(p->r, p->path);
    if (place)
        problem_at(p->r, place->line, "%s %s", path, text);
    else
        problem_at(p->r, 0, "%s %s", path, text);
}

/* A section inside; false (and a problem where it is needed) when the file has none. */
static bool
part_in(const struct part *p, const char *name, bool needed, struct part *sub)
{
    *sub = *p;
    sub->cfg = cfg_getsec(p->cfg, name);
    sub->path = arena_printf(p->r->arena, "%s%s%s", p->path, *p->path ? "/" : "", name);
    if (find_place(p->r, sub->path))
        return true;
    if (needed)
        wrong(p, name, "is missing; landport check --example shows the section");
    return false;
}

static struct part
part_titled(const struct part *p, const char *name, unsigned nth, const char **title)
{
    struct part sub = *p;

    sub.cfg = cfg_getnsec(p->cfg, name, nth);
    *title = arena_str(p->r->arena, cfg_title(sub.cfg));
    sub.path = arena_printf(p->r->arena, "%s%s%s %s", p->path, *p->path ? "/" : "", name, *title);
    return sub;
}

static const char *
get(const struct part *p, const char *name, const char *otherwise)
{
    return cfg_size(p->cfg, name) > 0 ? arena_str(p->r->arena, cfg_getstr(p->cfg, name))
                                      : otherwise;
}

static const char *
need(const struct part *p, const char *name)
{
    const char *value = get(p, name, NULL);

    if (!value)
        wrong(p, name, "is missing");
    else if (!*value)
        wrong(p, name, "is empty");
    return value ? value : "";
}

static const char **
get_list(const struct part *p, const char *name)
{
    unsigned n = cfg_size(p->cfg, name);
    const char **list = ARENA_ARRAY(p->r->arena, const char *, n + 1);

    for (unsigned i = 0; i < n; i++)
        list[i] = arena_str(p->r->arena, cfg_getnstr(p->cfg, name, i));
    return list;
}

static const char *
get_path(const struct part *p, const char *value)
{
    if (!value || !*value || *value == '/')
        return value;
    return arena_printf(p->r->arena, "%s/%s", p->r->conf->dir, value);
}

static const char *
need_path(const struct part *p, const char *name)
{
    return get_path(p, need(p, name));
}

static bool
is_identifier(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    return n >= 1 && n <= 32 && !s[n];
}

static bool
in_list(const char *const *list, const char *s)
{
    for (; *list; list++)
        if (strcmp(*list, s) == 0)
            return true;
    return false;
}

static const char *
join_list(struct arena *a, const char *const *list)
{
    const char *text = "";

    for (; *list; list++)
        text = arena_printf(a, "%s%s%s", text, *text ? ", " : "", *list);
    return text;
}

/* Units of durations, sizes and plain numbers. */
struct unit {
    const char *name;
    uint64_t factor;
};
struct measure {
    const char *example;
    struct unit units[7];
};
static const struct measure duration = {
    "30s, 5m, 2h or 7d", {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}
};
static const struct measure days = {"3d", {{"d", 1}}};
static const struct measure bytes = {
    "512MiB or 2GiB",
    {{"B", 1},
      {"KiB", UINT64_C(1) << 10},
      {"MiB", UINT64_C(1) << 20},
      {"GiB", UINT64_C(1) << 30},
      {"TiB", UINT64_C(1) << 40}}
};
static const struct measure number = {"a whole number such as 100", {{"", 1}}};

/* Digits and a unit. A leading zero is refused: libConfuse and C would read it as octal. */
static bool
parse_quantity(const char *s, const struct measure *m, uint64_t *value)
{
    size_t digits = strspn(s, "0123456789");

    if (digits == 0 || digits > 12 || (s[0] == '0' && digits > 1))
        return false;
    *value = strtoull(s, NULL, 10);
    if (*value == 0 && !s[1])
        return true; /* 0 needs no unit */
    for (const struct unit *u = m->units; u->name; u++)
        if (strcmp(s + digits, u->name) == 0) {
            *value *= u->factor;
            return *value / u->factor == strtoull(s, NULL, 10);
        }
    return false;
}

static uint64_t
quantity(const struct part *p, const char *name, const struct measure *m, const char *otherwise,
         const char *min, const char *max)
{
    const char *text = get(p, name, otherwise);
    uint64_t value = 0, low = 0, high = 0;

    if (!parse_quantity(min, m, &low) || !parse_quantity(max, m, &high))
        BUG("bounds of %s", name);
    if (!parse_quantity(text, m, &value))
        wrong(p, name, "is \"%s\"; write %s, without leading zeros", text, m->example);
    else if (value < low || value > high)
        wrong(p, name, "is %s; it must lie between %s and %s", text, min, max);
    return value;
}

/* "06:00" as minutes after midnight; -1 when not given and no default. */
static int
clock_time(const struct part *p, const char *name, const char *otherwise)
{
    const char *text = get(p, name, otherwise);
    int hours, minutes;

    if (!text)
        return -1;
    if (fnmatch("[0-2][0-9]:[0-5][0-9]", text, 0) != 0 ||
        (hours = (text[0] - '0') * 10 + text[1] - '0') > 23) {
        wrong(p, name, "is \"%s\"; write a time of day such as 06:00", text);
        return -1;
    }
    minutes = (text[3] - '0') * 10 + text[4] - '0';
    return hours * 60 + minutes;
}

static bool
boolean(const struct part *p, const char *name, bool otherwise)
{
    const char *text = get(p, name, otherwise ? "true" : "false");
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "on") == 0;

    if (!yes && strcmp(text, "false") != 0 && strcmp(text, "no") != 0 && strcmp(text, "off") != 0)
        wrong(p, name, "is \"%s\"; write true or false", text);
    return yes;
}

static double
percent(const struct part *p, const char *name, const char *otherwise)
{
    const char *text = get(p, name, otherwise);
    char *end;
    double value = strtod(text, &end);

    if (strspn(text, "0123456789.") != (size_t)(end - text) || end == text ||
        strcmp(end, "%") != 0 || value > 100)
        wrong(p, name, "is \"%s\"; write a share between 0%% and 100%%, such as 5%%", text);
    return value / 100;
}

/* "5%" of the rows, or "20 rows" whatever their share; one of the two stays at its bound. */
static void
reject_limit(const struct part *p, struct conf_partner *partner)
{
    static const struct measure rows = {"5% or 20 rows", {{" rows", 1}}};
    const char *text = get(p, "reject-limit", "5%");

    partner->reject_rows = UINT64_MAX;
    if (!strstr(text, "rows")) {
        partner->reject_limit = percent(p, "reject-limit", "5%");
        return;
    }
    partner->reject_limit = 1;
    partner->reject_rows = quantity(p, "reject-limit", &rows, "", "0", "1000000000 rows");
}

static bool
is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void
read_zone(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;
    const char *zoneinfo;

    if (!part_in(root, "zone", true, &p))
        return;
    c->zone.code = need(&p, "code");
    if (*c->zone.code && !is_identifier(c->zone.code))
        wrong(&p, "code", "is \"%s\"; use up to 32 letters, digits, - and _", c->zone.code);
    c->zone.name = need(&p, "name");
    c->zone.customs = need(&p, "customs");
    if (*c->zone.customs &&
        (strlen(c->zone.customs) != 4 || strspn(c->zone.customs, "0123456789") != 4))
        wrong(&p, "customs", "is \"%s\"; write the four digits of the customs district",
              c->zone.customs);
    c->zone.timezone = get(&p, "timezone", "Asia/Shanghai");
    zoneinfo = arena_printf(root->r->arena, "/usr/share/zoneinfo/%s", c->zone.timezone);
    if (strstr(zoneinfo, "..") || access(zoneinfo, R_OK) != 0 || is_dir(zoneinfo))
        wrong(&p, "timezone", "is \"%s\"; write a name such as Asia/Shanghai (package tzdata)",
              c->zone.timezone);
    c->zone.test = boolean(&p, "test", false);
}

static void
read_database(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;

    if (!part_in(root, "database", true, &p))
        return;
    c->database.embedded = get_path(&p, get(&p, "embedded", NULL));
    c->database.conninfo = get(&p, "conninfo", NULL);
    if (!c->database.embedded == !c->database.conninfo)
        wrong(&p, NULL, "needs either embedded (a folder) or conninfo, and not both");
    else if (c->database.embedded && !*c->database.embedded)
        wrong(&p, "embedded", "is empty");
    else if (c->database.conninfo && !*c->database.conninfo)
        wrong(&p, "conninfo", "is empty");
    if (c->database.conninfo && strstr(c->database.conninfo, "password"))
        wrong(&p, "conninfo", "holds a password; keep it in a file: passfile=… or service=…");
}

static void
read_spool(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;

    if (!part_in(root, "spool", true, &p))
        return;
    c->spool.root = need_path(&p, "root");
    c->spool.keep_s = (uint32_t)quantity(&p, "keep", &duration, "30d", "1d", "3650d");
    c->spool.min_free = quantity(&p, "min-free", &bytes, "2GiB", "0", "1024TiB");
}

/* Beside the program: installed in share/landport, or the tree it was built in. */
static const char *
default_share(struct arena *a)
{
    const char *given = getenv("LANDPORT_SHARE"), *installed;
    char exe[PATH_MAX], *slash;
    ssize_t n;

    if (given && *given)
        return arena_str(a, given);
    n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    exe[n > 0 ? n : 0] = '\0';
    if ((slash = strrchr(exe, '/')))
        *slash = '\0';
    installed = arena_printf(a, "%s/../share/landport", exe);
    return is_dir(arena_printf(a, "%s/formats", installed)) ? installed
                                                            : arena_printf(a, "%s/..", exe);
}

static void
read_formats(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;
    bool given = part_in(root, "formats", false, &p);
    const char *share = given ? get_path(&p, get(&p, "share", NULL)) : NULL;
    char real[PATH_MAX];

    c->share = share ? share : default_share(root->r->arena);
    if (realpath(c->share, real))
        c->share = arena_str(root->r->arena, real);
    if (!is_dir(arena_printf(root->r->arena, "%s/formats", c->share)))
        wrong(&p, "share", "is %s, which holds no folder formats; name the folder that does",
              c->share);
    c->site = given ? get_path(&p, get(&p, "site", NULL)) : NULL;
    if (c->site && !is_dir(c->site))
        wrong(&p, "site", "is %s, which is no folder", c->site);
}

static void
read_schedule(const struct part *root)
{
    struct conf *c = root->r->conf;
    struct part p;

    (void)part_in(root, "schedule", false, &p);
    c->schedule.pickup_s = (uint32_t)quantity(&p, "pickup", &duration, "5m", "1s", "1d");
    c->schedule.ingest_s = (uint32_t)quantity(&p, "ingest", &duration, "5m", "1s", "1d");
    c->schedule.reconcile_s = (uint32_t)quantity(&p, "reconcile", &duration, "15m", "1s", "1d");
    c->schedule.publish_s = (uint32_t)quantity(&p, "publish", &duration, "5m", "1s", "1d");
    c->schedule.report_s = (uint32_t)quantity(&p, "report", &duration, "5m", "1s", "1d");
    c->schedule.declare_minutes = clock_time(&p, "declare", "06:00");
    c->schedule.archive_minutes = clock_time(&p, "archive", "03:30");
    c->schedule.deadline_s = (uint32_t)quantity(&p, "deadline", &duration, "1h", "1s", "1d");
    c->schedule.quiet_s = (uint32_t)quantity(&p, "quiet", &duration, "10m", "1s", "1h");
}

static void
read_reconcile(const struct part *root)
{
    struct conf_reconcile *c = &root->r->conf->reconcile;
    struct part p;
    size_t whole, fraction;

    (void)part_in(root, "reconcile", false, &p);
    c->tolerance = get(&p, "tolerance", "0.01");
    whole = strspn(c->tolerance, "0123456789");
    fraction = c->tolerance[whole] == '.' ? strspn(c->tolerance + whole + 1, "0123456789") : 0;
    if (whole < 1 || whole > 6 || fraction > 5 ||
        strlen(c->tolerance) != whole + (c->tolerance[whole] == '.' ? 1 + fraction : 0) ||
        (c->tolerance[whole] == '.' && fraction == 0))
        wrong(&p, "tolerance", "is \"%s\"; write an amount such as 0.01", c->tolerance);
    c->slack_days = (uint32_t)quantity(&p, "slack", &days, "0", "0", "60d");
    c->overdue_days = (uint32_t)quantity(&p, "overdue", &days, "3d", "1d", "365d");
}

/* sftp://user@host:port; a password has no place in it. */
static bool
is_sftp_url(const char *url)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *p = url + 7;
    size_t n;
    long port;
    char *end;

    if (strncmp(url, "sftp://", 7) != 0 || (n = strspn(p, plain)) == 0 || p[n] != '@')
        return false;
    p += n + 1;
    if (*p == '[')
        n = strspn(p + 1, "0123456789abcdefABCDEF:.") + 2;
    else
        n = strspn(p, plain);
    if (n == 0 || (*p == '[' && p[n - 1] != ']') || p[n] != ':' || p[n + 1] < '1' || p[n + 1] > '9')
        return false;
    port = strtol(p + n + 1, &end, 10);
    return !*end && port <= 65535;
}

static const char *
remote_folder(const struct part *p, const char *name, const char *otherwise, bool may_be_empty)
{
    const char *value = get(p, name, otherwise);

    if (!*value && !may_be_empty)
        wrong(p, name, "is empty");
    else if (strstr(value, ".."))
        wrong(p, name, "is \"%s\"; write the folder without ..", value);
    return value;
}

static void
read_dropbox(const struct part *owner, struct conf_dropbox *box)
{
    struct part p;
    const char *ready;

    box->url = box->key = box->known_hosts = box->in = box->out = box->done = "";
    if (!part_in(owner, "dropbox", true, &p))
        return;
    box->url = need(&p, "url");
    if (*box->url && !is_sftp_url(box->url))
        wrong(&p, "url", "is not of the form sftp://user@host:port");
    box->key = need_path(&p, "key");
    box->known_hosts = need_path(&p, "known-hosts");
    box->in = remote_folder(&p, "in", "/in", false);
    box->out = remote_folder(&p, "out", "/out", false);
    box->done = remote_folder(&p, "done", "/done", true);
    if (strcmp(box->in, box->out) == 0 || strcmp(box->in, box->done) == 0)
        wrong(&p, "in", "is the same folder as out or done; they must differ");
    ready = get(&p, "ready", "stable");
    box->marker = strcmp(ready, "marker") == 0;
    if (!box->marker && strcmp(ready, "stable") != 0)
        wrong(&p, "ready", "is \"%s\"; write stable or marker", ready);
    box->settle_s = (uint32_t)quantity(&p, "settle", &duration, "30s", "0", "1h");
    box->idle_s = (uint32_t)quantity(&p, "idle", &duration, "30s", "1s", "10m");
}

static void
check_each(const struct part *p, const char *name, const char **list, const char *const *known)
{
    for (const char **s = list; *s; s++) {
        if (known && !in_list(known, *s))
            wrong(p, name, "has \"%s\"; known are %s", *s, join_list(p->r->arena, known));
        else if (!known && !is_identifier(*s))
            wrong(p, name, "has \"%s\"; use up to 32 letters, digits, - and _", *s);
    }
}

static void
check_feeds(const struct part *p, const char **feeds)
{
    const struct conf *c = p->r->conf;

    if (!*feeds)
        wrong(p, "feeds", "is missing or empty; name what the partner uploads");
    check_each(p, "feeds", feeds, NULL);
    for (const char **s = feeds; *s; s++) {
        const char *file = arena_printf(p->r->arena, "formats/feed/%s.xsd", *s);

        if (is_identifier(*s) && access(conf_share(c, p->r->arena, file), R_OK) != 0)
            wrong(p, "feeds", "has \"%s\", but there is no %s", *s, file);
    }
}

/* A social credit code (18) or a customs registration (10). */
static void
check_codes(const struct part *p, const char **codes)
{
    for (; *codes; codes++) {
        size_t n = strspn(*codes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

        if ((*codes)[n] || (n != 10 && n != 18))
            wrong(p, "codes", "has \"%s\"; codes have 10 or 18 capital letters and digits", *codes);
    }
}

static void
read_patterns(const struct part *p, struct conf_partner *partner)
{
    unsigned n = cfg_size(p->cfg, "pattern");

    partner->patterns = ARENA_ARRAY(p->r->arena, struct conf_pattern, n + 1);
    for (unsigned i = 0; i < n; i++) {
        const char *feed;
        struct part sub = part_titled(p, "pattern", i, &feed);

        partner->patterns[i].feed = feed;
        partner->patterns[i].glob = need(&sub, "glob");
        if (!in_list(partner->feeds, feed))
            wrong(&sub, NULL, "names no feed of this partner; its feeds are %s",
                  join_list(p->r->arena, partner->feeds));
        if (strchr(partner->patterns[i].glob, '/'))
            wrong(&sub, "glob", "holds a /; it is compared with the file's name alone");
    }
}

/* Whether the columns exist is known where the feeds are: landport check. */
static void
read_aliases(const struct part *p, struct conf_partner *partner)
{
    unsigned n = cfg_size(p->cfg, "alias");
    struct header_alias *all = ARENA_ARRAY(p->r->arena, struct header_alias, n + 1);
    const char **places = ARENA_ARRAY(p->r->arena, const char *, n + 1);

    for (unsigned i = 0; i < n; i++) {
        const char *from;
        struct part sub = part_titled(p, "alias", i, &from);
        const struct place *place = find_place(p->r, sub.path);

        all[i] = (struct header_alias){from, need(&sub, "to")};
        places[i] = where_line(p->r, place ? place->line : 0);
        if (!*from)
            wrong(&sub, NULL, "needs a name: the partner's own word for the column");
        for (unsigned k = 0; k < i; k++)
            if (span_eq(header_name(p->r->arena, span_of(all[k].from)),
                        header_name(p->r->arena, span_of(from))))
                wrong(&sub, NULL, "is the same word as alias %s; keep one of them", all[k].from);
    }
    partner->aliases = (struct header_aliases){all, n};
    partner->alias_places = places;
}

static void
read_limits(const struct part *p, struct conf_limits *limits)
{
    struct part sub;

    (void)part_in(p, "limits", false, &sub);
    limits->size = quantity(&sub, "size", &bytes, "2GiB", "1KiB", "1TiB");
    limits->rows = quantity(&sub, "rows", &number, "10000000", "1", "1000000000");
    limits->files = (uint32_t)quantity(&sub, "files", &number, "10000", "1", "1000000");
}

static bool
totals_required(const struct part *p)
{
    const char *totals = get(p, "totals", "optional");
    bool required = strcmp(totals, "required") == 0;

    if (!required && strcmp(totals, "optional") != 0)
        wrong(p, "totals", "is \"%s\"; write optional or required", totals);
    return required;
}

static bool
soft_reject(const struct part *p)
{
    bool dashed = cfg_size(p->cfg, "soft-reject") > 0;

    if (dashed && cfg_size(p->cfg, "soft_reject") > 0)
        wrong(p, "soft_reject", "is soft-reject once more; keep one of them");
    return boolean(p, dashed ? "soft-reject" : "soft_reject", false);
}

static void
read_partner(const struct part *root, unsigned nth, struct conf_partner *partner)
{
    struct part p = part_titled(root, "partner", nth, &partner->id);

    if (!is_identifier(partner->id))
        wrong(&p, NULL, "needs a name of up to 32 letters, digits, - and _");
    partner->name = need(&p, "name");
    partner->roles = get_list(&p, "roles");
    if (!*partner->roles)
        wrong(&p, "roles", "is missing or empty; known are %s", join_list(p.r->arena, known_roles));
    check_each(&p, "roles", partner->roles, known_roles);
    partner->codes = get_list(&p, "codes");
    check_codes(&p, partner->codes);
    partner->feeds = get_list(&p, "feeds");
    check_feeds(&p, partner->feeds);
    partner->charset = get(&p, "charset", "auto");
    if (!in_list(known_charsets, partner->charset))
        wrong(&p, "charset", "is \"%s\"; known are %s", partner->charset,
              join_list(p.r->arena, known_charsets));
    partner->deadline_minutes = clock_time(&p, "deadline", NULL);
    reject_limit(&p, partner);
    partner->soft_reject = soft_reject(&p);
    partner->totals_required = totals_required(&p);
    read_limits(&p, &partner->limits);
    read_patterns(&p, partner);
    read_aliases(&p, partner);
    read_dropbox(&p, &partner->box);
}

/* Where a key is: in a file, or behind a program. */
static void
read_key(const struct part *p, struct signer_form *key)
{
    const char **command = get_list(p, "command");

    key->cert_file = need_path(p, "cert");
    if (*command) {
        *command = get_path(p, *command);
        key->command = command;
        key->key_file = NULL;
        if (get(p, "key", NULL))
            wrong(p, "key", "and command are given; keep one of them");
        if (access(*command, X_OK) != 0)
            wrong(p, "command", "\"%s\" is no program that can be run", *command);
    } else {
        key->key_file = need_path(p, "key");
    }
    key->deadline_s = (uint32_t)quantity(p, "deadline", &duration, "10s", "1s", "5m");
    key->user_id = get(p, "user-id", NULL);
}

static void
read_seal(const struct part *p, struct seal_form *seal)
{
    const char *method = get(p, "method", "cms");

    read_key(p, &seal->key);
    seal->cms = !strcmp(method, "cms");
    if (!seal->cms &&
        (!signer_method_parse(&seal->key.method, method) || seal->key.method == SIGNER_RSA_SHA1))
        wrong(p, "method", "is \"%s\"; write cms, rsa-sha256 or sm2-sm3", method);
    if (seal->cms && seal->key.command)
        wrong(p, "command", "does not go with method cms; write rsa-sha256 or sm2-sm3");
}

static void
read_message_sign(const struct part *p, const char **messages, struct conf_message_sign *sign)
{
    const char *method = need(p, "method");

    sign->messages = get_list(p, "messages");
    if (!*sign->messages)
        wrong(p, "messages", "is missing or empty; name the messages that are signed");
    for (const char **s = sign->messages; *s; s++)
        if (!in_list(messages, *s))
            wrong(p, "messages", "has \"%s\", which the agency does not take", *s);
    read_key(p, &sign->key);
    if (!signer_method_parse(&sign->key.method, method))
        wrong(p, "method", "is \"%s\"; write rsa-sha1, rsa-sha256 or sm2-sm3", method);
    sign->form.key_name = get(p, "key-name", NULL);
    sign->form.digest = get(p, "digest", NULL);
    if (sign->form.digest && !dsig_digest_known(sign->form.digest))
        wrong(p, "digest", "is \"%s\"; write sha1, sha256 or sm3", sign->form.digest);
    sign->form.signature_method = get(p, "signature-method", NULL);
    sign->form.digest_method = get(p, "digest-method", NULL);
}

static void
read_envelope(const struct part *p, struct conf_envelope *envelope)
{
    envelope->format = need(p, "format");
    envelope->sender = need(p, "sender");
    envelope->receivers = get_list(p, "receivers");
    if (!*envelope->receivers)
        wrong(p, "receivers", "is missing or empty");
    check_each(p, "receivers", envelope->receivers, NULL);
}

static void
read_agency_parties(const struct part *p, struct conf_agency *agency)
{
    struct part sub;

    agency->declarant_code = agency->declarant_name = "";
    agency->cop_code = agency->cop_name = agency->dxp_id = "";
    agency->seal.key.key_file = agency->seal.key.cert_file = "";
    agency->message_sign.messages = ARENA_ARRAY(p->r->arena, const char *, 1);
    if (part_in(p, "declarant", true, &sub)) {
        agency->declarant_code = need(&sub, "code");
        agency->declarant_name = need(&sub, "name");
    }
    if (part_in(p, "transfer", true, &sub)) {
        agency->cop_code = need(&sub, "copCode");
        agency->cop_name = need(&sub, "copName");
        agency->dxp_id = need(&sub, "dxpId");
    }
    if (part_in(p, "sign", true, &sub))
        read_seal(&sub, &agency->seal);
    if (part_in(p, "message-sign", false, &sub))
        read_message_sign(&sub, agency->messages, &agency->message_sign);
    if (part_in(p, "envelope", false, &sub))
        read_envelope(&sub, &agency->envelope);
}

static void
read_agency(const struct part *root, unsigned nth, struct conf_agency *agency)
{
    struct part p = part_titled(root, "agency", nth, &agency->id);

    if (!is_identifier(agency->id))
        wrong(&p, NULL, "needs a name of up to 32 letters, digits, - and _");
    agency->name = need(&p, "name");
    agency->messages = get_list(&p, "messages");
    if (!*agency->messages)
        wrong(&p, "messages", "is missing or empty; name what the agency takes, such as CEB303");
    check_each(&p, "messages", agency->messages, NULL);
    agency->per_message = (uint32_t)quantity(&p, "per-message", &number, "100", "1", "100");
    agency->cutoff_minutes = clock_time(&p, "cutoff", "06:00");
    agency->container = get(&p, "container", "zip");
    if (strcmp(agency->container, "zip") != 0 && strcmp(agency->container, "tar.zst") != 0)
        wrong(&p, "container", "is \"%s\"; write zip or tar.zst", agency->container);
    read_agency_parties(&p, agency);
    read_dropbox(&p, &agency->box);
}

/* Two parties may share a server, never a folder: files would go to whoever looks first. */
static void
check_parties(const struct part *root)
{
    const struct conf *c = root->r->conf;

    for (uint32_t i = 0; i < c->agency_count; i++) {
        struct part p = {root->r, NULL,
                         arena_printf(root->r->arena, "agency %s", c->agencies[i].id)};

        if (conf_partner(c, c->agencies[i].id))
            wrong(&p, NULL, "has the name of a partner; give it another one");
    }
    for (uint32_t i = 0; i < c->partner_count; i++)
        for (uint32_t k = 0; k < i; k++) {
            const struct conf_partner *x = &c->partners[i], *y = &c->partners[k];
            struct part p = {root->r, NULL, arena_printf(root->r->arena, "partner %s", x->id)};

            if (*x->box.url && strcmp(x->box.url, y->box.url) == 0 &&
                strcmp(x->box.in, y->box.in) == 0)
                wrong(&p, "dropbox", "has the same url and in as that of partner %s", y->id);
        }
}

static void
read_all(struct reader *r, cfg_t *cfg)
{
    struct part root = {r, cfg, ""};
    struct conf *c = r->conf;

    read_zone(&root);
    read_database(&root);
    read_spool(&root);
    read_formats(&root);
    read_schedule(&root);
    read_reconcile(&root);
    c->partner_count = cfg_size(cfg, "partner");
    c->partners = ARENA_ARRAY(r->arena, struct conf_partner, c->partner_count + 1);
    for (uint32_t i = 0; i < c->partner_count; i++)
        read_partner(&root, i, &c->partners[i]);
    c->agency_count = cfg_size(cfg, "agency");
    c->agencies = ARENA_ARRAY(r->arena, struct conf_agency, c->agency_count + 1);
    for (uint32_t i = 0; i < c->agency_count; i++)
        read_agency(&root, i, &c->agencies[i]);
    check_parties(&root);
}

/* --- The calls -------------------------------------------------------------------------------- */

static const char *
choose_file(const char *file)
{
    if (file)
        return file;
    file = getenv("LANDPORT_CONF");
    if (file && *file)
        return file;
    return access("landport.conf", F_OK) == 0 ? "landport.conf" : "/etc/landport/landport.conf";
}

bool
conf_exists(const char *file)
{
    const char *named = file ? file : getenv("LANDPORT_CONF");

    return (named && *named) || access(choose_file(NULL), F_OK) == 0;
}

struct conf *
conf_none(struct arena *a)
{
    struct conf *c = ARENA_NEW(a, struct conf);

    c->file = "";
    c->dir = ".";
    c->share = default_share(a);
    c->zone.timezone = "Asia/Shanghai";
    return c;
}

static void
name_file(struct reader *r, const char *file)
{
    char real[PATH_MAX], *slash;

    if (!realpath(file, real)) {
        problem_in(r, file, "cannot read this file: %s", strerror(errno));
        r->conf->file = r->conf->dir = arena_str(r->arena, file);
        return;
    }
    r->conf->file = arena_str(r->arena, real);
    slash = strrchr(real, '/');
    slash[slash == real] = '\0';
    r->conf->dir = arena_str(r->arena, real);
}

rc_t
conf_load(struct conf **c, struct arena *a, const char *file, struct conf_problem **problems,
          struct err *e)
{
    struct reader r = {.arena = a, .conf = ARENA_NEW(a, struct conf), .line = 1};

    r.last = &r.first;
    name_file(&r, choose_file(file));
    if (!r.unusable)
        scan_file(&r, r.conf->file, 0);
    sort_places(&r);
    if (!r.unusable) {
        cfg_t *cfg = parse(&r);

        if (!r.unusable)
            read_all(&r, cfg);
        cfg_free(cfg);
    }
    buf_free(&r.text);
    buf_free(&r.places);
    buf_free(&r.segments);
    if (problems)
        *problems = r.first;
    *c = r.first ? NULL : r.conf;
    if (!r.first)
        return RC_OK;
    if (r.problems == 1)
        return err_set(e, RC_FAIL, ERR_CONFIG, "%s", r.first->text);
    return err_set(e, RC_FAIL, ERR_CONFIG, "%s (and %u more)", r.first->text, r.problems - 1);
}

const struct conf_partner *
conf_partner(const struct conf *c, const char *id)
{
    for (uint32_t i = 0; i < c->partner_count; i++)
        if (strcmp(c->partners[i].id, id) == 0)
            return &c->partners[i];
    return NULL;
}

const struct conf_agency *
conf_agency(const struct conf *c, const char *id)
{
    for (uint32_t i = 0; i < c->agency_count; i++)
        if (strcmp(c->agencies[i].id, id) == 0)
            return &c->agencies[i];
    return NULL;
}

int
conf_cutoff(const struct conf *c)
{
    return c->agency_count ? c->agencies[0].cutoff_minutes : 6 * 60;
}

const char *
conf_agencies(const struct conf *c, struct arena *a)
{
    const char *list = "";

    for (uint32_t i = 0; i < c->agency_count; i++)
        list = arena_printf(a, "%s%s%s", list, i ? "," : "", c->agencies[i].id);
    return list;
}

const char *
conf_share(const struct conf *c, struct arena *a, const char *relative)
{
    if (c->site) {
        const char *own = arena_printf(a, "%s/%s", c->site, relative);

        if (access(own, F_OK) == 0)
            return own;
    }
    return arena_printf(a, "%s/%s", c->share, relative);
}

/* clang-format off */
static const char example[] =
"# landport.conf - what the hub is and whom it talks to.\n"
"# Relative paths start at this file's folder. Durations: 30s 5m 2h 7d; sizes: 512MiB 2GiB; times\n"
"# of day: 06:00, in the zone's own time. Secrets are files named here, never text in this file.\n"
"# A partner in a file of its own:  include(\"conf.d/*.conf\")\n"
"\n"
"zone {\n"
"    code = \"LY\"                       # in the names of bundles\n"
"    name = \"中国(龙岩)跨境电子商务综合试验区\"\n"
"    customs = \"3706\"                  # the customs district, four digits\n"
"    timezone = \"Asia/Shanghai\"\n"
"    test = true                       # bundles say test; without: production\n"
"}\n"
"\n"
"database {\n"
"    embedded = \"var/pg\"               # a private cluster that landport starts\n"
"    # conninfo = \"service=landport\"   # or a server of your own; passwords in its passfile\n"
"}\n"
"\n"
"spool {\n"
"    root = \"var/spool\"\n"
"    keep = \"30d\"                      # then only the archive has the bytes\n"
"    min-free = \"2GiB\"                 # with less, nothing more is picked up\n"
"}\n"
"\n"
"# formats {\n"
"#     share = \"/usr/share/landport\"   # default: beside the program\n"
"#     site = \"site\"                   # your own formats/ and sql/extract/; a file of the same name wins\n"
"# }\n"
"\n"
"schedule {\n"
"    pickup = \"5m\"\n"
"    ingest = \"5m\"\n"
"    reconcile = \"15m\"\n"
"    declare = \"06:00\"\n"
"    publish = \"5m\"\n"
"    archive = \"03:30\"\n"
"    report = \"5m\"\n"
"    deadline = \"1h\"                   # a job that runs longer is killed and starts again next time\n"
"    quiet = \"10m\"                     # a file whose parser does nothing for longer: again, then held\n"
"}\n"
"\n"
"reconcile {\n"
"    tolerance = \"0.01\"                # amounts may differ by less than this\n"
"    slack = \"0d\"                      # an export may be this much earlier than its payment\n"
"    overdue = \"3d\"                    # an order that waits longer is reported\n"
"}\n"
"\n"
"partner \"LYLOGI01\" {\n"
"    name = \"龙岩速运有限公司\"\n"
"    roles = {\"logistics\"}             # platform seller payment logistics warehouse agent\n"
"    codes = {\"350898L001\"}            # customs or social credit codes it may speak for; without: any\n"
"    feeds = {\"logistics\"}             # order payment logistics\n"
"    charset = \"auto\"                  # auto utf-8 gb18030 gbk utf-16\n"
"    deadline = \"02:00\"                # late when nothing has come by then\n"
"    reject-limit = \"5%\"               # more bad rows: nothing of the file is loaded; or \"20 rows\"\n"
"    totals = \"optional\"             # or \"required\": a file without NAME.sum or trailer row is held\n"
"    soft-reject = false               # or soft_reject = true: while a partner is new, what would be refused,\n"
"                                      # in whole or in part, waits for landport batch release\n"
"    limits {                          # a file beyond them waits for landport batch release\n"
"        size = \"2GiB\"                 # bytes, 1KiB to 1TiB; looked at before it is downloaded\n"
"        rows = 10000000               # 1 to 1000000000\n"
"        files = 10000                 # of one business date, 1 to 1000000\n"
"    }\n"
"    pattern \"logistics\" { glob = \"YD*.csv\" }  # names that don't start with the feed's\n"
"    alias \"客户单号\" { to = \"orderNo\" }  # the partner's own word for a column; an element name or title\n"
"    dropbox {\n"
"        url = \"sftp://lylogi01@127.0.0.1:2222\"\n"
"        key = \"keys/hub\"              # ed25519 or ecdsa, mode 0600\n"
"        known-hosts = \"known_hosts\"   # the server's key, pinned\n"
"        in = \"/in\"                    # the partner puts\n"
"        out = \"/out\"                  # the partner gets\n"
"        done = \"/done\"                # where picked-up files go; \"\": they are deleted\n"
"        ready = \"stable\"              # or \"marker\": NAME.ok lies beside it\n"
"        settle = \"30s\"                # same size and time for so long\n"
"        idle = \"30s\"                  # give up a server that is silent for so long\n"
"    }\n"
"}\n"
"\n"
"agency \"customs\" {\n"
"    name = \"龙岩海关\"\n"
"    messages = {\"CEB303\", \"CEB403\", \"CEB505\", \"CEB603\"}\n"
"    per-message = 100                 # documents in one message, at most 100\n"
"    cutoff = \"06:00\"                  # the business date ends here\n"
"    container = \"zip\"               # or \"tar.zst\"\n"
"    declarant { code = \"3508960009\"  name = \"龙岩综试区申报有限公司\" }\n"
"    transfer { copCode = \"3508960009\"  copName = \"龙岩综试区申报有限公司\"  dxpId = \"DXPENT0000012345\" }\n"
"    sign { key = \"keys/zone.key\"  cert = \"keys/zone.crt\" }\n"
"    # sign.method = \"sm2-sm3\" or \"rsa-sha256\": manifest.xml.sig, a bare signature, in place of CMS\n"
"    # message-sign {                  # XMLDSig inside of each of these messages\n"
"    #     messages = {\"CEB603\"}\n"
"    #     method = \"rsa-sha1\"         # rsa-sha256, sm2-sm3\n"
"    #     key = \"keys/message.key\"  cert = \"keys/message.crt\"\n"
"    #     command = {\"bin/card-sign\"} # instead of key: a program before a hardware key\n"
"    #     deadline = \"10s\"            # of one signature by the program\n"
"    #     key-name = \"01691fe9\"       # KeyName\n"
"    #     user-id = \"1234567812345678\"   # of SM2\n"
"    #     digest = \"sha1\"             # sha256, sm3; without: the method's own\n"
"    #     signature-method = \"http://www.w3.org/2000/09/xmldsig#rsa-sha1\"  # Algorithm, as the receiver wants it\n"
"    #     digest-method = \"http://www.w3.org/2000/09/xmldsig#sha1\"\n"
"    # }\n"
"    # envelope { format = \"dxpmsg\"  sender = \"DXPENT0000012345\"  receivers = {\"DXPEDCCEB0000003\"} }\n"
"    dropbox {\n"
"        url = \"sftp://hub@127.0.0.1:2223\"\n"
"        key = \"keys/hub\"\n"
"        known-hosts = \"known_hosts\"\n"
"    }\n"
"}\n";
/* clang-format on */

const char *
conf_example(void)
{
    return example;
}
