#include "rules.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stream.h"
#include "spool/fsio.h"
#include "sql/statements.h"
#include "table.h"

#define FOLDER   "sql/reconcile/rules"
#define FILE_MAX (64 * 1024)

/* ---- which files ---- */

static bool
is_digits(const char *s, size_t n)
{
    return strlen(s) == n && strspn(s, "0123456789") == n;
}

static bool
is_code(const char *s)
{
    return (*s == 'E' || *s == 'X') && is_digits(s + 1, 4);
}

static struct rule *
rule_of(const struct rules *r, const char *code)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (strcmp(r->all[i].code, code) == 0)
            return &r->all[i];
    return NULL;
}

static rc_t
add_file(struct rules *r, struct arena *a, const char *folder, const char *name, bool site,
         struct err *e)
{
    const char *file = arena_printf(a, "%s/%s", folder, name);
    const char *code = arena_strn(a, name, strlen(name) - strlen(".sql"));
    struct rule *known = rule_of(r, code);

    if (!is_code(code))
        return err_set(e, RC_FAIL, ERR_RULE,
                       "%s: a rule's file is named for its code, E or X and four digits: X0001.sql",
                       file);
    if (known) {
        known->file = file; /* the site's in place of ours */
        return RC_OK;
    }
    if (site != (*code == 'X'))
        return err_set(e, RC_FAIL, ERR_RULE, "%s: %s", file,
                       site ? "there is no such rule to replace, and a site's own have codes of "
                              "their own, beginning with X: X0001.sql"
                            : "codes that begin with X are for the site's folder");
    r->all = arena_grow(a, r->all, sizeof *r->all, r->count);
    r->all[r->count++] = (struct rule){.file = file, .code = code};
    return RC_OK;
}

static bool
is_rule_file(const char *name)
{
    size_t n = strlen(name);

    return name[0] != '.' && n > 4 && strcmp(name + n - 4, ".sql") == 0;
}

static rc_t
find_in(struct rules *r, struct arena *a, const char *folder, bool site, struct err *e)
{
    struct dirent *entry;
    DIR *d = opendir(folder);
    rc_t rc = RC_OK;

    if (!d)
        return fsio_fail("reading the folder", folder, e);
    while (rc == RC_OK && (errno = 0, entry = readdir(d)))
        if (is_rule_file(entry->d_name))
            rc = add_file(r, a, folder, entry->d_name, site, e);
    if (rc == RC_OK && errno)
        rc = fsio_fail("reading the folder", folder, e);
    closedir(d);
    return rc;
}

static int
by_code(const void *a, const void *b)
{
    return strcmp(((const struct rule *)a)->code, ((const struct rule *)b)->code);
}

rc_t
rules_find(struct rules *r, const struct conf *c, struct arena *a, struct err *e)
{
    const char *ours = arena_printf(a, "%s/" FOLDER, c->share);
    const char *site = c->site ? arena_printf(a, "%s/" FOLDER, c->site) : NULL;
    rc_t rc;

    *r = (struct rules){NULL, 0};
    rc = find_in(r, a, ours, false, e);
    if (rc == RC_OK && !r->count)
        rc = err_set(e, RC_FAIL, ERR_RULE, "%s: no rules are in it; install them again", ours);
    if (rc == RC_OK && site && access(site, F_OK) == 0) /* a site need not have the folder */
        rc = find_in(r, a, site, true, e);
    if (rc == RC_OK)
        qsort(r->all, r->count, sizeof *r->all, by_code);
    return rc;
}

/* ---- a file ---- */

struct heading {
    const char *key, **place;
    int line; /* 0: it is not there */
};

struct reading {
    struct rule *rule;
    struct arena *arena;
    int line;
    struct heading headings[12];
    const char *declared;   /* what the heading says the code is */
    const char **continued; /* the heading's value that an indented line goes on with */
    struct rule_text *open; /* the section at hand */
    struct buf text;        /* of it */
};

static rc_t
fault(const struct reading *f, int line, struct err *e, const char *said)
{
    return err_set(e, RC_FAIL, ERR_RULE, "%s:%d: %s", f->rule->file, line, said);
}

/* The words a heading may have, and where they go. */
#define KEYS                                                                                       \
    "code, title zh, title en, todo zh, todo en, source, note, since, until, modes, direction, "   \
    "over"
#define SECTIONS "-- when, -- seen, -- want, -- statement, -- touches"

static void
name_headings(struct reading *f)
{
    struct rule *r = f->rule;
    const struct heading all[] = {
        {"code",      &f->declared,  0},
        {"title zh",  &r->title_zh,  0},
        {"title en",  &r->title_en,  0},
        {"todo zh",   &r->todo_zh,   0},
        {"todo en",   &r->todo_en,   0},
        {"source",    &r->source,    0},
        {"note",      &r->note,      0},
        {"since",     &r->since,     0},
        {"until",     &r->until,     0},
        {"modes",     &r->modes,     0},
        {"over",      &r->over,      0},
        {"direction", &r->direction, 0},
    };

    _Static_assert(sizeof all == sizeof f->headings, "a place for each");
    memcpy(f->headings, all, sizeof all);
}

static struct heading *
heading_of(struct reading *f, struct span key)
{
    for (size_t i = 0; i < sizeof f->headings / sizeof *f->headings; i++)
        if (span_is(key, f->headings[i].key))
            return &f->headings[i];
    return NULL;
}

/* Where it is, or should be. */
static int
line_of(struct reading *f, const char *key)
{
    const struct heading *h = heading_of(f, span_of(key));

    return h->line ? h->line : 1;
}

/* "-- key: value", or more of the value before it, indented. */
static rc_t
heading_line(struct reading *f, struct span line, struct err *e)
{
    struct arena *a = f->arena;
    const char *colon = memchr(line.p, ':', line.n);
    struct heading *h;
    struct span key, value;

    if (line.n > 5 && f->continued && memcmp(line.p, "--   ", 5) == 0) {
        value = span_trim((struct span){line.p + 5, line.n - 5});
        *f->continued = arena_printf(a, "%s %.*s", *f->continued, SPAN_F(value));
        return RC_OK;
    }
    if (line.n < 3 || memcmp(line.p, "-- ", 3) != 0 || !colon)
        return fault(f, f->line, e,
                     arena_printf(a,
                                  "'%.*s' stands before the first section; a heading is \"-- KEY: "
                                  "value\", KEY one of " KEYS "; sections are " SECTIONS,
                                  SPAN_F(line)));
    key = span_trim((struct span){line.p + 3, (size_t)(colon - line.p) - 3});
    value = span_trim((struct span){colon + 1, line.n - (size_t)(colon + 1 - line.p)});
    if (!(h = heading_of(f, key)))
        return fault(f, f->line, e,
                     arena_printf(a, "no heading '%.*s'; they are " KEYS, SPAN_F(key)));
    if (h->line || !value.n)
        return fault(f, f->line, e,
                     arena_printf(a, "heading '%.*s' %s", SPAN_F(key),
                                  value.n ? "stands twice" : "says nothing"));
    *h->place = arena_span(a, value);
    h->line = f->line;
    f->continued = h->place;
    return RC_OK;
}

/* ---- sections ---- */

static bool
begins_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static const char *
past_word(const char *p)
{
    while (begins_word(*p) || (*p >= '0' && *p <= '9') || *p == '$')
        p++;
    return p;
}

/* Past the quote that ends it, NULL: none does. A doubled one is a quote of the text. */
static const char *
past_text(const char *p, char quote, bool escapes)
{
    for (; *p && (*p != quote || p[1] == quote); p++)
        if (*p == quote || (escapes && *p == '\\' && p[1]))
            p++;
    return *p ? p + 1 : NULL;
}

/* PostgreSQL's hold others. */
static const char *
past_comment(const char *p)
{
    int depth = 0;

    do {
        bool opens = p[0] == '/' && p[1] == '*', closes = p[0] == '*' && p[1] == '/';

        if (!*p)
            return NULL;
        depth += opens - closes;
        p += opens || closes ? 2 : 1;
    } while (depth);
    return p;
}

/* $tag$ … $tag$; of a parameter or a lone $ the character. */
static const char *
past_dollars(const char *p, struct arena *a)
{
    const char *tag_end = begins_word(p[1]) ? p + 1 : p, *tag, *end;

    while (begins_word(tag_end[0]) || (tag_end > p && tag_end[0] >= '0' && tag_end[0] <= '9'))
        tag_end++;
    if (tag_end == p)
        tag_end++;
    if (*tag_end != '$')
        return p + 1;
    tag = arena_strn(a, p, (size_t)(tag_end + 1 - p));
    end = strstr(tag_end + 1, tag);
    return end ? end + strlen(tag) : NULL;
}

/* Past what begins at p: a word, a text or name in quotes, a comment, a character; NULL: it does not end. */
static const char *
skip_token(const char *p, struct arena *a)
{
    const char *after;

    if (begins_word(*p)) {
        after = past_word(p);
        return after - p == 1 && (*p == 'e' || *p == 'E') && *after == '\''
                   ? past_text(after + 1, '\'', true)
                   : after;
    }
    if (*p == '\'' || *p == '"')
        return past_text(p + 1, *p, false);
    if (p[0] == '-' && p[1] == '-')
        return p + strcspn(p, "\n");
    if (p[0] == '/' && p[1] == '*')
        return past_comment(p);
    return *p == '$' ? past_dollars(p, a) : p + 1;
}

static bool
says_nothing(const char *p)
{
    return strchr(" \t\n", *p) || (p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*');
}

/* It is put between brackets, and must not get out of them. A condition's is one value. */
static const char *
wrong_in(const char *sql, bool one_value, struct arena *a)
{
    bool any = false;
    int depth = 0;

    for (const char *p = sql, *next; *p && depth >= 0; p = next) {
        if (*p == ';')
            return "a ';' is in the section; rules are parts of one statement";
        if (*p == ',' && !depth && one_value)
            return "the section is of several values, parted by ','; it is one expression";
        if (!(next = skip_token(p, a)))
            return "a quote or a comment of the section is not closed";
        depth += (*p == '(' || *p == '[') - (*p == ')' || *p == ']');
        any = any || !says_nothing(p);
    }
    if (!any)
        return "the section holds no SQL";
    return depth ? "the section's brackets do not match" : NULL;
}

static struct rule_part *
last_part(struct reading *f)
{
    return f->rule->count ? &f->rule->parts[f->rule->count - 1] : NULL;
}

static bool
is_query(struct reading *f)
{
    const struct rule_part *p = last_part(f);

    return f->open == &f->rule->touches || (p && f->open == &p->statement);
}

static rc_t
close_section(struct reading *f, struct err *e)
{
    const char *wrong;

    if (!f->open)
        return RC_OK;
    f->open->sql = buf_text(&f->text, f->arena);
    if ((wrong = wrong_in(f->open->sql, !is_query(f), f->arena)))
        return fault(f, f->open->line, e, wrong);
    f->open = NULL;
    return RC_OK;
}

static bool
is_whole(const struct rule_part *p)
{
    return !p || p->statement.line || p->want.line;
}

static struct rule_part *
add_part(struct reading *f)
{
    struct rule *r = f->rule;

    r->parts = arena_grow(f->arena, r->parts, sizeof *r->parts, r->count);
    r->parts[r->count] = (struct rule_part){
        {NULL, 0},
        {NULL, 0},
        {NULL, 0},
        {NULL, 0}
    };
    return &r->parts[r->count++];
}

/* Where the text of this section goes; NULL where it may not stand here. */
static struct rule_text *
section_place(struct reading *f, struct span name)
{
    struct rule_part *p = last_part(f);

    if (span_is(name, "when"))
        return is_whole(p) ? &add_part(f)->when : NULL;
    if (span_is(name, "statement"))
        return is_whole(p) ? &add_part(f)->statement : NULL;
    if (span_is(name, "touches"))
        return is_whole(p) && !f->rule->touches.line ? &f->rule->touches : NULL;
    if (is_whole(p))
        return NULL;
    if (span_is(name, "seen"))
        return p->seen.line ? NULL : &p->seen;
    return p->seen.line ? &p->want : NULL;
}

static bool
is_section(struct span name)
{
    return span_is(name, "when") || span_is(name, "seen") || span_is(name, "want") ||
           span_is(name, "statement") || span_is(name, "touches");
}

static rc_t
open_section(struct reading *f, struct span name, struct err *e)
{
    rc_t rc = close_section(f, e);

    if (rc != RC_OK)
        return rc;
    if (!(f->open = section_place(f, name)))
        return fault(f, f->line, e,
                     arena_printf(f->arena,
                                  "section '%.*s' does not belong here; -- when, -- seen and "
                                  "-- want follow each other, -- statement stands alone, and "
                                  "-- touches once",
                                  SPAN_F(name)));
    f->open->line = f->line;
    return RC_OK;
}

/* "-- word" and nothing else: a section, or a slip of the pen for one. */
static bool
names_section(struct span line, struct span *name)
{
    if (line.n < 4 || memcmp(line.p, "-- ", 3) != 0)
        return false;
    *name = span_trim((struct span){line.p + 3, line.n - 3});
    return name->n && !memchr(name->p, ' ', name->n) && !memchr(name->p, ':', name->n);
}

/* A comment that reads like a heading would be taken for one by everybody but us. */
static bool
is_heading(struct reading *f, struct span line)
{
    const char *colon =
        line.n > 3 && memcmp(line.p, "-- ", 3) == 0 ? memchr(line.p, ':', line.n) : NULL;

    return colon &&
           heading_of(f, span_trim((struct span){line.p + 3, (size_t)(colon - line.p) - 3}));
}

static rc_t
section_line(struct reading *f, struct span line, struct err *e)
{
    if (is_heading(f, line))
        return fault(f, f->line, e, "a heading stands after the first section; move it up");
    buf_put(&f->text, line.p, line.n);
    buf_put(&f->text, "\n", 1);
    return RC_OK;
}

static rc_t
read_line(struct reading *f, struct span line, struct err *e)
{
    struct span name;

    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    if (names_section(line, &name)) {
        if (is_section(name))
            return open_section(f, name, e);
        return fault(f, f->line, e,
                     arena_printf(f->arena, "no section '%.*s'; they are " SECTIONS, SPAN_F(name)));
    }
    if (f->open)
        return section_line(f, line, e);
    return span_trim(line).n ? heading_line(f, line, e) : RC_OK;
}

/* ---- what a heading says ---- */

static bool
is_date(const char *s)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    long date, year, month, day;

    if (!is_digits(s, 8))
        return false;
    date = strtol(s, NULL, 10);
    year = date / 10000, month = date / 100 % 100, day = date % 100;
    return month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] +
                      (month == 2 && (year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)));
}

/* Without blanks: "9710,9810". */
static bool
read_modes(struct rule *r, struct arena *a)
{
    char *out = arena_str(a, r->modes), *to = out;

    for (const char *p = r->modes; *p; p++)
        if (*p != ' ')
            *to++ = *p;
    *to = '\0';
    r->modes = out;
    for (const char *p = out;; p += 5) {
        if (strspn(p, "0123456789") != 4)
            return false;
        if (!p[4])
            return true;
        if (p[4] != ',')
            return false;
    }
}

/* {names} other than {want}, which alone stands for something. */
static const char *
unknown_place(const char *text)
{
    for (const char *p = text; p && (p = strchr(p, '{')); p++)
        if (strncmp(p, "{want}", strlen("{want}")) != 0)
            return p;
    return NULL;
}

static const char *
sentences_fault(struct reading *f, int *line)
{
    static const char *const keys[] = {"title zh", "title en", "todo zh", "todo en"};
    const struct rule *r = f->rule;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct heading *h = heading_of(f, span_of(keys[i]));
        const char *place = unknown_place(*h->place);

        *line = line_of(f, keys[i]);
        if (place)
            return arena_printf(f->arena, "%s has %.*s; {want} is all that is filled in", keys[i],
                                (int)strcspn(place, "}") + (strchr(place, '}') != NULL), place);
    }
    *line = line_of(f, strstr(r->title_zh, "{want}") ? "title en" : "title zh");
    if (!strstr(r->title_zh, "{want}") != !strstr(r->title_en, "{want}"))
        return "{want} stands in one of title zh and title en only";
    *line = line_of(f, r->todo_zh ? "todo zh" : "todo en");
    return !r->todo_zh != !r->todo_en ? "of todo zh and todo en one is missing" : NULL;
}

static const char *
dates_fault(struct reading *f, int *line)
{
    const struct rule *r = f->rule;

    *line = line_of(f, "since");
    if (r->since && !is_date(r->since))
        return arena_printf(f->arena, "since is %s; a date is YYYYMMDD", r->since);
    *line = line_of(f, "until");
    if (r->until && !is_date(r->until))
        return arena_printf(f->arena, "until is %s; a date is YYYYMMDD", r->until);
    if (r->since && r->until && strcmp(r->since, r->until) > 0)
        return arena_printf(f->arena, "since %s is after until %s", r->since, r->until);
    return NULL;
}

static const char *
orders_fault(struct reading *f, int *line)
{
    struct rule *r = f->rule;
    struct arena *a = f->arena;

    *line = r->modes_line = line_of(f, "modes");
    if (r->modes && !read_modes(r, a))
        return arena_printf(a, "modes is %s; it is like 9710, 9810", r->modes);
    *line = line_of(f, "direction");
    if (r->direction && strcmp(r->direction, "import") != 0 && strcmp(r->direction, "export") != 0)
        return arena_printf(a, "direction is %s; it is import or export", r->direction);
    *line = line_of(f, "over");
    if (r->over && r->over[strspn(r->over, "abcdefghijklmnopqrstuvwxyz_")])
        return arena_printf(a, "over is %s; it is a name such as import_waybills", r->over);
    return NULL;
}

static const char *
heading_fault(struct reading *f, int *line)
{
    const struct rule *r = f->rule;
    const char *wrong;

    *line = line_of(f, "code");
    if (!f->declared || strcmp(f->declared, r->code) != 0)
        return arena_printf(f->arena, "heading code %s%s; the file's name says %s",
                            f->declared ? "is " : "is missing", f->declared ? f->declared : "",
                            r->code);
    *line = 1;
    if (!r->title_zh || !r->title_en || !r->source)
        return arena_printf(f->arena, "heading %s is missing",
                            !r->title_zh   ? "title zh"
                            : !r->title_en ? "title en"
                                           : "source");
    if ((wrong = sentences_fault(f, line)) || (wrong = dates_fault(f, line)))
        return wrong;
    return orders_fault(f, line);
}

static rc_t
finish(struct reading *f, struct err *e)
{
    const char *wrong;
    int line;
    rc_t rc = close_section(f, e);

    if (rc != RC_OK)
        return rc;
    if (!f->rule->count)
        return fault(f, f->line, e, "no condition: sections -- when, -- seen, -- want");
    if (!is_whole(last_part(f)))
        return fault(f, f->line, e,
                     last_part(f)->seen.line ? "section -- want is missing"
                                             : "section -- seen is missing");
    if ((wrong = heading_fault(f, &line)))
        return fault(f, line, e, wrong);
    f->rule->todo_zh = f->rule->todo_zh ? f->rule->todo_zh : "";
    f->rule->todo_en = f->rule->todo_en ? f->rule->todo_en : "";
    return RC_OK;
}

rc_t
rules_read(struct rule *r, struct arena *a, struct err *e)
{
    struct reading f = {.rule = r, .arena = a};
    struct span text;
    size_t good;
    rc_t rc = fsio_read_file(a, r->file, FILE_MAX, &text, e);

    if (rc != RC_OK)
        return rc;
    name_headings(&f);
    good = span_valid_utf8(text);
    for (size_t at = 0; rc == RC_OK && at < text.n;) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end ? (size_t)(end - text.p) - at : text.n - at;

        f.line++;
        if (at + n > good || memchr(text.p + at, '\0', n))
            rc = fault(&f, f.line, e, "a byte is not UTF-8 text");
        else
            rc = read_line(&f, (struct span){text.p + at, n}, e);
        at += n + 1;
    }
    if (rc == RC_OK)
        rc = finish(&f, e);
    buf_free(&f.text);
    return rc;
}

static rc_t
read_all(struct rules *r, struct arena *a, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < r->count; i++)
        rc = rules_read(&r->all[i], a, e);
    return rc;
}

rc_t
rules_load(struct rules *r, const struct conf *c, struct arena *a, struct err *e)
{
    rc_t rc = rules_find(r, c, a, e);

    return rc == RC_OK ? read_all(r, a, e) : rc;
}

rc_t
rules_load_with(struct rules *r, const struct conf *c, struct arena *a, const char *folder,
                struct err *e)
{
    rc_t rc = rules_find(r, c, a, e);

    if (rc == RC_OK && (rc = find_in(r, a, folder, true, e)) == RC_OK)
        qsort(r->all, r->count, sizeof *r->all, by_code);
    return rc == RC_OK ? read_all(r, a, e) : rc;
}

static void
tell(const struct rule *r, struct arena *a)
{
    struct err_told *told = ARENA_NEW(a, struct err_told);

    told->code = r->code;
    told->text = (struct err_text){r->title_zh, r->title_en, r->todo_zh, r->todo_en};
    err_tell(told);
}

void
rules_tell(const struct conf *c, struct arena *a)
{
    struct rules r;

    if (rules_find(&r, c, a, NULL) != RC_OK)
        return; /* check and reconcile say why */
    for (uint32_t i = 0; i < r.count; i++)
        if (rules_read(&r.all[i], a, NULL) == RC_OK)
            tell(&r.all[i], a);
}

void
rules_tell_all(const struct rules *r, struct arena *a)
{
    for (uint32_t i = 0; i < r->count; i++)
        tell(&r->all[i], a);
}

/* ---- for the database ---- */

static void
put_value(struct buf *json, const char *key, const char *value)
{
    if (!value)
        return;
    buf_printf(json, ", \"%s\": ", key);
    json_string(json, value);
}

static void
put_modes(struct buf *json, const char *modes)
{
    buf_str(json, ", \"modes\": [\"");
    for (; *modes; modes++)
        if (*modes == ',')
            buf_str(json, "\", \"");
        else
            buf_put(json, modes, 1);
    buf_str(json, "\"]");
}

static void
put_part(struct buf *json, const struct rule *r, const struct rule_part *p)
{
    buf_str(json, json->n > 1 ? ",\n{\"code\": " : "{\"code\": ");
    json_string(json, r->code);
    put_value(json, "over", r->over);
    put_value(json, "looks", p->when.sql);
    put_value(json, "seen", p->seen.sql);
    put_value(json, "want", p->want.sql);
    put_value(json, "statement", p->statement.sql);
    if (p == r->parts) /* once a rule */
        put_value(json, "touches", r->touches.sql);
    put_value(json, "since", r->since);
    put_value(json, "until", r->until);
    put_value(json, "direction", r->direction);
    if (r->modes)
        put_modes(json, r->modes);
    buf_str(json, "}");
}

const char *
rules_json(const struct rules *r, struct arena *a)
{
    struct buf json = {0};

    buf_str(&json, "[");
    for (uint32_t i = 0; i < r->count; i++)
        for (uint32_t k = 0; k < r->all[i].count; k++)
            put_part(&json, &r->all[i], &r->all[i].parts[k]);
    buf_str(&json, "]");
    return buf_text(&json, a);
}

/* ---- one by one ---- */

/* A statement that is composed of rules, of these alone; nothing of it stays. */
static rc_t
try_alone(const struct rules *alone, struct db *db, struct arena *a, const char *sql, struct err *e)
{
    struct err undone = {0};
    rc_t rc, back;

    if ((rc = db_exec(db, "SAVEPOINT rule", DB_NONE, NULL, e)) != RC_OK)
        return rc;
    if ((rc = db_set(db, "hub.rules", rules_json(alone, a), e)) == RC_OK)
        rc = db_script(db, a, sql, NULL, e);
    back = db_exec(db, "ROLLBACK TO SAVEPOINT rule", DB_NONE, NULL, &undone);
    if (rc == RC_OK && back != RC_OK) {
        *e = undone;
        rc = back;
    }
    return rc;
}

static rc_t
try_part(const struct rule *r, const struct rule_part *p, struct db *db, struct arena *a,
         struct err *e)
{
    struct rule one = *r;
    struct rule_part part = *p;

    one.parts = &part;
    one.count = 1;
    return try_alone(&(struct rules){&one, 1}, db, a, SQL_RECONCILE_BREAKS, e);
}

static rc_t
blame_section(const struct rule *r, int line, const char *section, struct err *e)
{
    char *composed = strstr(e->text, "; in \"DO");

    if (composed)
        *composed = '\0'; /* its words are ours, not the file's */
    return err_set(e, RC_FAIL, ERR_RULE, "%s:%d: section -- %s: %s", r->file, line, section,
                   e->text);
}

/* Of a condition that cannot be asked: the section that is to blame, the others left out. */
static const struct rule_text *
blame(const struct rule *r, const struct rule_part *p, struct db *db, struct arena *a,
      struct err *e)
{
    const struct rule_text nothing = {"''", 0};
    struct rule_part less = *p;

    if (p->statement.sql)
        return &p->statement;
    less.seen = less.want = nothing;
    if (try_part(r, &less, db, a, e) != RC_OK)
        return &p->when;
    less.seen = p->seen;
    return try_part(r, &less, db, a, e) != RC_OK ? &p->seen : &p->want;
}

rc_t
rules_try(const struct rules *r, struct db *db, struct arena *a, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < r->count; i++)
        for (uint32_t k = 0; rc == RC_OK && k < r->all[i].count; k++) {
            const struct rule *rule = &r->all[i];
            const struct rule_part *p = &rule->parts[k];
            const struct rule_text *where;

            if ((rc = try_part(rule, p, db, a, e)) == RC_OK || e->code != ERR_QUERY)
                continue;
            where = blame(rule, p, db, a, &(struct err){0});
            rc = blame_section(rule, where->line,
                               where == &p->statement ? "statement"
                               : where == &p->when    ? "when"
                               : where == &p->seen    ? "seen"
                                                      : "want",
                               e);
        }
    return rc;
}

rc_t
rules_try_modes(const struct rule *r, struct db *db, struct arena *a, struct err *e)
{
    struct db_result *unknown;
    rc_t rc;

    if (!r->modes)
        return RC_OK;
    rc = db_query(db, a,
                  "SELECT m FROM unnest(string_to_array($1, ',')) m "
                  "WHERE m NOT IN (SELECT trade_mode FROM hub.trade_mode) ORDER BY m LIMIT 1",
                  DB_ARGS(r->modes), &unknown, e);
    if (rc != RC_OK || !unknown->rows)
        return rc;
    return err_set(e, RC_FAIL, ERR_RULE,
                   "%s:%d: modes names %s, which no order has: trade_mode.tsv says which there are",
                   r->file, r->modes_line, db_text(unknown, 0, 0));
}

rc_t
rules_try_touches(const struct rules *r, struct db *db, struct arena *a, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < r->count; i++) {
        struct rule *rule = &r->all[i];

        if (!rule->touches.sql)
            continue;
        rc = try_alone(&(struct rules){rule, 1}, db, a, SQL_RECONCILE_TOUCHES, e);
        if (rc != RC_OK && e->code == ERR_QUERY)
            rc = blame_section(rule, rule->touches.line, "touches", e);
    }
    return rc;
}
