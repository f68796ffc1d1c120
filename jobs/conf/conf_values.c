#include "conf/conf_values.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- What may be written ---------------------------------------------------------------------- */

static size_t
count_names(const struct conf_option *options)
{
    size_t n = 0;

    for (const struct conf_option *o = options; o->name; o++)
        n += o->also ? 2 : 1;
    return n;
}

/* All names that a free section has in this file. */
static cfg_opt_t *
free_grammar(struct conf_reader *r)
{
    const char *const *names = (const char *const *)(void *)r->names.p;
    size_t n = r->names.n / sizeof *names;
    cfg_opt_t *all = ARENA_ARRAY(r->arena, cfg_opt_t, n + 1), *next = all;

    for (size_t i = 0; i < n; i++) {
        size_t before = 0;

        while (before < i && strcmp(names[before], names[i]) != 0)
            before++;
        if (before == i)
            *next++ = (cfg_opt_t)CFG_STR(names[i], NULL, CFGF_NODEFAULT);
    }
    *next = (cfg_opt_t)CFG_END();
    return all;
}

static cfg_opt_t
grammar_of(struct conf_reader *r, const struct conf_option *o, const char *name)
{
    switch (o->type) {
    case CONF_SECTION:
        return (cfg_opt_t)CFG_SEC(name, conf_grammar(r, o->options), CFGF_NONE);
    case CONF_TITLED:
        return (cfg_opt_t)CFG_SEC(name, conf_grammar(r, o->options), CFGF_MULTI | CFGF_TITLE);
    case CONF_FREE:
        return (cfg_opt_t)CFG_SEC(name, free_grammar(r), CFGF_NONE);
    case CONF_LIST:
        return (cfg_opt_t)CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);
    default:
        return (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
    }
}

cfg_opt_t *
conf_grammar(struct conf_reader *r, const struct conf_option *options)
{
    cfg_opt_t *all = ARENA_ARRAY(r->arena, cfg_opt_t, count_names(options) + 1), *next = all;

    for (const struct conf_option *o = options; o->name; o++) {
        *next++ = grammar_of(r, o, o->name);
        if (o->also)
            *next++ = grammar_of(r, o, o->also);
    }
    *next = (cfg_opt_t)CFG_END();
    return all;
}

/* --- What the checks use ---------------------------------------------------------------------- */

static const char *
path_in(const struct conf_part *p, const char *name)
{
    return arena_printf(p->r->arena, "%s%s%s", p->path, *p->path ? "/" : "", name);
}

void
conf_wrong(const struct conf_part *p, const char *name, const char *format, ...)
{
    const char *path = name ? path_in(p, name) : p->path;
    const struct conf_place *place = conf_find_place(p->r, path);
    char text[600];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    if (!place) /* what is missing is missed where its section begins */
        place = conf_find_place(p->r, p->path);
    conf_problem_at(p->r, place ? place->line : 0, "%s %s", path, text);
}

static const struct conf_option *
row_of(const struct conf_option *options, const char *name)
{
    for (const struct conf_option *o = options; o->name; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    BUG("%s has no row in the table of options", name);
}

const char *
conf_default(const char *section, const char *name)
{
    return row_of(row_of(conf_root.options, section)->options, name)->otherwise;
}

const char *
conf_get(const struct conf_part *p, const char *name)
{
    if (cfg_size(p->cfg, name) > 0)
        return arena_str(p->r->arena, cfg_getstr(p->cfg, name));
    return row_of(p->options, name)->otherwise;
}

const char *
conf_need(const struct conf_part *p, const char *name)
{
    const char *value = conf_get(p, name);

    if (!value)
        conf_wrong(p, name, "is missing");
    else if (!*value)
        conf_wrong(p, name, "is empty");
    return value ? value : "";
}

const char **
conf_list(const struct conf_part *p, const char *name)
{
    unsigned n = cfg_size(p->cfg, name);
    const char **list = ARENA_ARRAY(p->r->arena, const char *, n + 1);

    for (unsigned i = 0; i < n; i++)
        list[i] = arena_str(p->r->arena, cfg_getnstr(p->cfg, name, i));
    return list;
}

const char *
conf_path(const struct conf_part *p, const char *value)
{
    if (!value || !*value || *value == '/')
        return value;
    return arena_printf(p->r->arena, "%s/%s", p->r->conf->dir, value);
}

const char *
conf_join(struct arena *a, const char *const *list, const char *last)
{
    const char *text = "";

    for (const char *const *s = list; *s; s++)
        text = arena_printf(a, "%s%s%s", text, s == list ? "" : s[1] ? ", " : last, *s);
    return text;
}

/* --- Quantities ------------------------------------------------------------------------------- */

static const struct conf_measure duration = {
    "30s, 5m, 2h or 7d", {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}
};
static const struct conf_measure days = {"3d", {{"d", 1}}};
static const struct conf_measure bytes = {
    "512MiB or 2GiB",
    {{"B", 1},
      {"KiB", UINT64_C(1) << 10},
      {"MiB", UINT64_C(1) << 20},
      {"GiB", UINT64_C(1) << 30},
      {"TiB", UINT64_C(1) << 40}}
};
static const struct conf_measure number = {"a whole number such as 100", {{"", 1}}};
static const struct conf_measure rows = {"20 rows", {{" rows", 1}}};

const struct conf_measure *
conf_measure(enum conf_type type)
{
    switch (type) {
    case CONF_DURATION:
        return &duration;
    case CONF_DAYS:
        return &days;
    case CONF_SIZE:
        return &bytes;
    case CONF_NUMBER:
        return &number;
    case CONF_ROWS:
        return &rows;
    default:
        return NULL;
    }
}

/* Digits and a unit. A leading zero is refused: libConfuse and C would read it as octal. */
bool
conf_parse_quantity(const char *s, const struct conf_measure *m, uint64_t *value)
{
    size_t digits = strspn(s, "0123456789");

    if (digits == 0 || digits > 12 || (s[0] == '0' && digits > 1))
        return false;
    *value = strtoull(s, NULL, 10);
    if (*value == 0 && !s[1])
        return true; /* 0 needs no unit */
    for (const struct conf_unit *u = m->units; u->name; u++)
        if (strcmp(s + digits, u->name) == 0) {
            *value *= u->factor;
            return *value / u->factor == strtoull(s, NULL, 10);
        }
    return false;
}

uint64_t
conf_quantity(const struct conf_part *p, const char *name, const char *text,
              const struct conf_measure *m, const char *low, const char *high)
{
    uint64_t value = 0, least = 0, most = 0;

    if (!conf_parse_quantity(low, m, &least) || !conf_parse_quantity(high, m, &most))
        BUG("bounds of %s", name);
    if (!conf_parse_quantity(text, m, &value))
        conf_wrong(p, name, "is \"%s\"; write %s, without leading zeros", text, m->example);
    else if (value < least || value > most)
        conf_wrong(p, name, "is %s; it must lie between %s and %s", text, low, high);
    return value;
}

/* --- One option ------------------------------------------------------------------------------- */

/* It may be written in two ways, and be given in one of them. */
static const char *
name_given(const struct conf_part *p, const struct conf_option *o)
{
    if (!o->also || cfg_size(p->cfg, o->also) == 0)
        return o->name;
    if (cfg_size(p->cfg, o->name) == 0)
        return o->also;
    conf_wrong(p, o->also, "is %s once more; keep one of them", o->name);
    return o->name;
}

static const char *
read_text(const struct conf_part *p, const struct conf_option *o, const char *name)
{
    const char *text = conf_get(p, name);

    if (o->flags & CONF_NEEDED && (!text || !*text)) {
        if (p->given)
            return conf_need(p, name);
        return p->needed ? "" : NULL;
    }
    if (o->check && text && p->given)
        o->check(p, name, text);
    return o->type == CONF_PATH ? conf_path(p, text) : text;
}

/* A few words are told as a choice. */
static const char *
read_word(const struct conf_part *p, const struct conf_option *o, const char *name)
{
    const char *text = read_text(p, o, name);
    bool told = o->flags & CONF_NEEDED && text && !*text;
    size_t n = 0;

    while (o->words[n])
        n++;
    if (text && !told && !word_among(o->words, text))
        conf_wrong(p, name, n < 5 ? "is \"%s\"; write %s" : "is \"%s\"; known are %s", text,
                   conf_join(p->r->arena, o->words, n < 5 ? " or " : ", "));
    return text;
}

static bool
read_flag(const struct conf_part *p, const char *name)
{
    static const char *const yes[] = {"true", "yes", "on", NULL};
    static const char *const no[] = {"false", "no", "off", NULL};
    const char *text = conf_get(p, name);

    if (!word_among(yes, text) && !word_among(no, text))
        conf_wrong(p, name, "is \"%s\"; write true or false", text);
    return word_among(yes, text);
}

/* A name that stands twice would be done twice. */
static void
tell_twice(const struct conf_part *p, const char *name, const char *const *list)
{
    for (const char *const *s = list; *s; s++) {
        uint32_t before = 0, same = 0;

        for (const char *const *t = list; *t; t++)
            if (strcmp(*s, *t) == 0) {
                before += t < s;
                same++;
            }
        if (same > 1 && !before)
            conf_wrong(p, name, "has \"%s\" %u times; keep one of them", *s, same);
    }
}

static const char **
read_list(const struct conf_part *p, const struct conf_option *o, const char *name)
{
    struct arena *a = p->r->arena;
    const char **list = conf_list(p, name), *todo = o->todo;

    if (!(o->flags & CONF_REPEATS))
        tell_twice(p, name, list);
    if (o->words)
        todo = arena_printf(a, "known are %s", conf_join(a, o->words, ", "));
    if (o->flags & CONF_NEEDED && !*list && p->given)
        conf_wrong(p, name, "is missing or empty%s%s", todo ? "; " : "", todo ? todo : "");
    for (const char **s = list; *s; s++) {
        if (o->words && !word_among(o->words, *s))
            conf_wrong(p, name, "has \"%s\"; %s", *s, todo);
        if (o->check)
            o->check(p, name, *s);
    }
    return list;
}

/* "06:00" as minutes after midnight; -1 when not given and no default. */
static int
read_time(const struct conf_part *p, const char *name)
{
    const char *text = conf_get(p, name);

    if (!text)
        return -1;
    if (fnmatch("[0-2][0-9]:[0-5][0-9]", text, 0) != 0 || strncmp(text, "24", 2) >= 0) {
        conf_wrong(p, name, "is \"%s\"; write a time of day such as 06:00", text);
        return -1;
    }
    return ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
}

static void
put_number(void *field, size_t size, uint64_t value)
{
    if (size == sizeof(uint32_t))
        *(uint32_t *)field = (uint32_t)value;
    else
        *(uint64_t *)field = value;
}

static void
read_option(const struct conf_part *p, const struct conf_option *o, void *own)
{
    union {
        const char *text, **list;
    } nowhere; /* its section's fit() reads it once more; what is wrong by itself is said here */
    void *field = o->field.size ? (char *)own + o->field.at : (void *)&nowhere;
    const char *name = name_given(p, o);

    switch (o->type) {
    case CONF_TEXT:
    case CONF_PATH:
        *(const char **)field = read_text(p, o, name);
        break;
    case CONF_WORD:
        *(const char **)field = read_word(p, o, name);
        break;
    case CONF_EITHER:
        *(bool *)field = strcmp(read_word(p, o, name), o->words[1]) == 0;
        break;
    case CONF_FLAG:
        *(bool *)field = read_flag(p, name);
        break;
    case CONF_LIST:
        *(const char ***)field = read_list(p, o, name);
        break;
    case CONF_TIME:
        *(int *)field = read_time(p, name);
        break;
    default:
        put_number(
            field, o->field.size,
            conf_quantity(p, name, conf_get(p, name), conf_measure(o->type), o->low, o->high));
    }
}

/* --- Sections --------------------------------------------------------------------------------- */

static void
read_part(const struct conf_part *p, const struct conf_option *o, void *own, void *owner)
{
    conf_read(p, own);
    if (o->fit && (p->given || o->flags & CONF_ALWAYS))
        o->fit(p, own, owner);
}

static void
read_section(const struct conf_part *p, const struct conf_option *o, void *owner)
{
    struct conf_part sub = {.r = p->r,
                            .cfg = cfg_getsec(p->cfg, o->name),
                            .path = path_in(p, o->name),
                            .options = o->options,
                            .needed = (o->flags & CONF_NEEDED) != 0};

    sub.given = conf_find_place(p->r, sub.path) != NULL;
    if (sub.needed && p->given && !sub.given)
        conf_wrong(p, o->name, "is missing; landport check --example shows the section");
    read_part(&sub, o, (char *)owner + o->field.at, owner);
}

static void
read_titled(const struct conf_part *p, const struct conf_option *o, void *owner)
{
    unsigned n = cfg_size(p->cfg, o->name);
    char *all = arena_array(p->r->arena, o->items.size, n + 1);

    memcpy((char *)owner + o->field.at, &all, sizeof(all));
    if (o->items.count.size)
        put_number((char *)owner + o->items.count.at, o->items.count.size, n);
    for (unsigned i = 0; i < n; i++) {
        char *item = all + i * o->items.size;
        cfg_t *cfg = cfg_getnsec(p->cfg, o->name, i);
        const char *title = arena_str(p->r->arena, cfg_title(cfg));
        const char *path = arena_printf(p->r->arena, "%s %s", path_in(p, o->name), title);
        struct conf_part sub = {p->r, cfg, path, o->options, true, true};

        memcpy(item + o->items.title, &title, sizeof(title));
        if (o->check)
            o->check(&sub, NULL, title);
        read_part(&sub, o, item, owner);
    }
}

/* One that is none was told, and is unknown to libConfuse. */
static bool
is_free_name(const struct conf_reader *r, const char *name)
{
    const char *const *names = (const char *const *)(void *)r->names.p;

    for (size_t i = 0; i < r->names.n / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void
read_free(const struct conf_part *p, const struct conf_option *o, void *owner)
{
    const struct conf_place *all = (const struct conf_place *)(void *)p->r->places.p;
    const char *path = arena_printf(p->r->arena, "%s/", path_in(p, o->name));
    cfg_t *cfg = cfg_getsec(p->cfg, o->name);
    size_t n = p->r->places.n / sizeof *all, count = 0;
    struct conf_setting *settings = ARENA_ARRAY(p->r->arena, struct conf_setting, n + 1);

    for (size_t i = 0; i < n; i++) {
        const char *name = all[i].path + strlen(path);

        if (strncmp(all[i].path, path, strlen(path)) == 0 && !all[i].section &&
            is_free_name(p->r, name) && (!count || strcmp(settings[count - 1].name, name) != 0))
            settings[count++] =
                (struct conf_setting){name, arena_str(p->r->arena, cfg_getstr(cfg, name))};
    }
    memcpy((char *)owner + o->field.at, &settings, sizeof(settings));
}

void
conf_read(const struct conf_part *p, void *own)
{
    for (const struct conf_option *o = p->options; o->name; o++)
        if (o->type == CONF_SECTION)
            read_section(p, o, own);
        else if (o->type == CONF_TITLED)
            read_titled(p, o, own);
        else if (o->type == CONF_FREE)
            read_free(p, o, own);
        else
            read_option(p, o, own);
}
