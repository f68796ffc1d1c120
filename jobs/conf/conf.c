/*
 * conf.c - landport.conf in three passes, by one table (options.h): the text (conf_text), libConfuse,
 * values and what they mean (conf_values, conf_checks).
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "conf/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/conf_checks.h"
#include "conf/conf_text.h"
#include "conf/conf_values.h"
#include "conf/options.h"
#include "formats/read/mapping.h"

static struct conf_reader *parsing; /* libConfuse hands no context to its error function */

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *format, va_list ap)
{
    char text[300];

    vsnprintf(text, sizeof(text), format, ap);
    parsing->unusable = true;
    conf_problem_at(parsing, cfg ? (uint32_t)cfg->line : 1,
                    "%s; nothing behind it was read (%s shows every option)", text, parsing->help);
}

cfg_t *
conf_parse(struct conf_reader *r)
{
    cfg_t *cfg = cfg_init(conf_grammar(r, r->opts), CFGF_NONE);
    int rc;

    buf_put(&r->text, "\n", 2); /* with its NUL: libConfuse takes a C string */
    parsing = r;
    cfg_set_error_function(cfg, on_error);
    rc = cfg_parse_buf(cfg, r->text.p);
    parsing = NULL;
    if (rc != CFG_SUCCESS && !r->unusable)
        conf_problem_in(r, r->conf->file, "cannot be parsed");
    return cfg;
}

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
    c->share = conf_default_share(a);
    c->zone.timezone = conf_default("zone", "timezone");
    return c;
}

static void
name_file(struct conf_reader *r, const char *file)
{
    char real[PATH_MAX], *slash;

    if (!realpath(file, real)) {
        conf_problem_in(r, file, "cannot read this file: %s", strerror(errno));
        r->conf->file = r->conf->dir = arena_str(r->arena, file);
        return;
    }
    r->conf->file = arena_str(r->arena, real);
    slash = strrchr(real, '/');
    slash[slash == real] = '\0';
    r->conf->dir = arena_str(r->arena, real);
}

static void
read_values(struct conf_reader *r, cfg_t *cfg, const struct conf_option *section, void *own)
{
    struct conf_part root = {r, cfg, "", section->options, true, true};

    conf_read(&root, own);
    section->fit(&root, own, NULL);
}

/* The file the reader names, by its options, into own. */
static void
read_file(struct conf_reader *r, const struct conf_option *section, void *own)
{
    if (!r->unusable)
        conf_scan(r, r->conf->file, 0);
    conf_sort_places(r);
    if (!r->unusable) {
        cfg_t *cfg = conf_parse(r);

        if (!r->unusable)
            read_values(r, cfg, section, own);
        cfg_free(cfg);
    }
    buf_free(&r->text);
    buf_free(&r->places);
    buf_free(&r->segments);
    buf_free(&r->names);
}

struct conf_problem *
conf_mapping(struct mapping *m, struct arena *a, const char *file)
{
    struct conf_reader r = {.arena = a,
                            .conf = ARENA_NEW(a, struct conf),
                            .opts = conf_mapping_root.options,
                            .help = "formats/README.md",
                            .line = 1};

    r.last = &r.first;
    r.conf->file = file;
    r.conf->dir = ".";
    m->file = file;
    read_file(&r, &conf_mapping_root, m);
    return r.first;
}

rc_t
conf_load(struct conf **c, struct arena *a, const char *file, struct conf_problem **problems,
          struct err *e)
{
    struct conf_reader r = {.arena = a,
                            .conf = ARENA_NEW(a, struct conf),
                            .opts = conf_root.options,
                            .help = "landport check --example",
                            .line = 1};

    r.last = &r.first;
    name_file(&r, choose_file(file));
    read_file(&r, &conf_root, r.conf);
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

const char *
conf_in_order(const struct conf *c, struct arena *a)
{
    const char *all = "";

    for (uint32_t i = 0; i < c->agency_count; i++)
        if (strcmp(c->agencies[i].order, "accepted") == 0)
            all = arena_printf(a, "%s%s%s", all, *all ? "," : "", c->agencies[i].id);
    return all;
}

const char *
conf_receipts_within(const struct conf *c, struct arena *a)
{
    const char *all = "";

    for (uint32_t i = 0; i < c->agency_count; i++)
        all = arena_printf(a, "%s%s\"%s\": %u", all, *all ? ", " : "", c->agencies[i].id,
                           c->agencies[i].receipt_within_s);
    return arena_printf(a, "{%s}", all);
}

const char *
conf_folders(const struct conf *c, struct arena *a)
{
    const char *all = "";

    for (uint32_t i = 0; i < c->agency_count; i++)
        all = arena_printf(a, "%s%s\"%s\": \"%s\"", all, *all ? ", " : "", c->agencies[i].id,
                           c->agencies[i].formats);
    return arena_printf(a, "{%s}", all);
}

#define NO_AGENCY_CUTOFF (6 * 60)

/* The first cut-off behind `after` minutes of the day; -1: there is none. */
static int
cutoff_after(const struct conf *c, int after)
{
    int first = -1;

    for (uint32_t i = 0; i < c->agency_count; i++) {
        int minutes = c->agencies[i].cutoff_minutes;

        if (minutes > after && (first < 0 || minutes < first))
            first = minutes;
    }
    return first;
}

int
conf_cutoff(const struct conf *c)
{
    int first = cutoff_after(c, -1);

    return first < 0 ? NO_AGENCY_CUTOFF : first;
}

const char *
conf_cutoffs(const struct conf *c, struct arena *a)
{
    const char *all = "";

    for (int at = conf_cutoff(c); at >= 0; at = cutoff_after(c, at))
        all = arena_printf(a, "%s%s%02d:%02d", all, *all ? ", " : "", at / 60, at % 60);
    return all;
}

/* One of its messages is among the kinds. */
static bool
takes_any(const struct conf_agency *g, const char *kinds)
{
    for (const char **m = g->messages; *m; m++) {
        size_t n = strlen(*m);

        for (const char *at = kinds; (at = strstr(at, *m)); at += n)
            if ((at == kinds || at[-1] == ',') && (!at[n] || at[n] == ','))
                return true;
    }
    return false;
}

bool
conf_is_packed(const char *container)
{
    return !strcmp(container, "zip") || !strcmp(container, "tar.zst");
}

bool
conf_takes(const struct conf *c, const char *agency, const char *kind)
{
    for (const struct conf_agency *g = c->agencies; g < c->agencies + c->agency_count; g++)
        if ((!agency || !strcmp(g->id, agency)) && word_among(g->messages, kind))
            return true;
    return false;
}

bool
conf_utf16(const struct conf *c, const char *kinds)
{
    for (uint32_t i = 0; i < c->agency_count; i++)
        if (c->agencies[i].utf16 && (!kinds || takes_any(&c->agencies[i], kinds)))
            return true;
    return false;
}

void
conf_day(const struct conf *c, const char *kinds, time_t t, struct conf_day *day)
{
    bool any = !kinds, found = false;

    for (uint32_t i = 0; kinds && i < c->agency_count; i++)
        any = any || takes_any(&c->agencies[i], kinds);
    if (kinds && !any)
        kinds = NULL;
    for (uint32_t i = 0; i <= c->agency_count; i++) {
        const struct conf_agency *g = i < c->agency_count ? &c->agencies[i] : NULL;
        int cutoff = g ? g->cutoff_minutes : NO_AGENCY_CUTOFF;
        struct conf_day its;

        if (g ? kinds && !takes_any(g, kinds) : found)
            continue;
        clock_business_date(t, c->zone.timezone, cutoff, its.date);
        its.ends = clock_local_moment(its.date, cutoff, c->zone.timezone);
        if (!found || its.ends < day->ends)
            *day = its;
        found = true;
    }
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
