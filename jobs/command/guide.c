/*
 * guide.c - landport format guide: all a partner must know, as one page.
 */
#include "formats/write/guide.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "command/format.h"
#include "load/feeds.h"
#include "message.h"
#include "pickup.h"
#include "show.h"
#include "sql/statements.h"

/* Codes, each once, ascending; ends with NULL. */
struct rule_codes {
    struct arena *arena;
    const char **list;
    size_t count;
};

/* Those a statement names, 'E4003'. */
static void
collect_codes(struct rule_codes *c, const char *sql)
{
    for (const char *p = sql; p && (p = strstr(p, "'E")); p++) {
        size_t at = c->count;

        if (strspn(p + 2, "0123456789") != 4 || p[6] != '\'')
            continue;
        while (at > 0 && strncmp(c->list[at - 1], p + 1, 5) > 0)
            at--;
        if (at > 0 && !strncmp(c->list[at - 1], p + 1, 5))
            continue;
        c->list = arena_grow(c->arena, c->list, sizeof *c->list, c->count);
        memmove(c->list + at + 1, c->list + at, sizeof *c->list * (c->count - at));
        c->list[at] = arena_strn(c->arena, p + 1, 5);
        c->count++;
    }
}

/* What the statements that judge a feed's rows may say; all feeds go through the last. */
static const char *const *
rules_between(struct arena *a, const struct rows_shape *shape)
{
    const struct plan *feed = shape->plan;
    struct rule_codes codes = {a, NULL, 0};
    const char *own = sql_find(arena_printf(a, "ingest/%s", feed->rows));

    collect_codes(&codes, own);
    if (strcmp(feed->rows, feed->feed) != 0)
        collect_codes(&codes, sql_find(arena_printf(a, "ingest/%s", feed->feed)));
    if (!own || !strstr(own, "VIEW stage_subject"))
        collect_codes(&codes, shape->has_lines ? SQL_INGEST_SEVERAL_ROWS : SQL_INGEST_ONE_ROW);
    collect_codes(&codes, SQL_INGEST_VERSIONS);
    codes.list = arena_grow(a, codes.list, sizeof *codes.list, codes.count);
    codes.list[codes.count] = NULL;
    return codes.list;
}

static const char *const *
globs_of(struct arena *a, const struct conf_partner *p, const char *feed)
{
    const struct conf_pattern *pattern = p->patterns;
    const char **globs;
    size_t n = 0;

    while (pattern && pattern[n].feed)
        n++;
    globs = ARENA_ARRAY(a, const char *, n + 1);
    for (n = 0; pattern && pattern->feed; pattern++)
        if (!strcmp(pattern->feed, feed))
            globs[n++] = pattern->glob;
    return globs;
}

static void
add_feeds(struct guide *g, struct arena *a, const struct feeds *f, const struct conf_partner *p)
{
    struct guide_feed *feeds = ARENA_ARRAY(a, struct guide_feed, f->count);

    for (uint32_t i = 0; i < f->count; i++) {
        const struct plan *plan = f->plans[i];

        if (feeds_may_send(p, plan->feed))
            feeds[g->feed_count++] = (struct guide_feed){plan, globs_of(a, p, plan->feed),
                                                         rules_between(a, &f->shapes[i])};
    }
    g->feeds = feeds;
}

/* Those that can be used; landport check says what is wrong with others. */
static void
add_mappings(struct guide *g, struct arena *a, const struct feeds *f, const struct conf_partner *p)
{
    const struct mapping **all = ARENA_ARRAY(a, const struct mapping *, f->mapping_count + 1);
    size_t n = 0;

    for (const char **name = p->mappings; name && *name && n < f->mapping_count; name++) {
        const struct mapping *m = feeds_mapping(f, *name);

        if (m && !m->broken)
            all[n++] = m;
    }
    g->mappings = all;
}

static const char *
time_of_day(struct arena *a, int minutes)
{
    return minutes < 0 ? NULL : arena_printf(a, "%02d:%02d", minutes / 60, minutes % 60);
}

static void
add_times(struct guide *g, struct arena *a, const struct conf *c, const struct conf_partner *p)
{
    char next[15];
    struct conf_day day;

    conf_day(c, NULL, clock_now(), &day);
    clock_local14(day.ends, c->zone.timezone, next);
    g->timezone = c->zone.timezone;
    g->deadline = time_of_day(a, p->deadline_minutes);
    g->cutoff = conf_cutoffs(c, a);
    g->next =
        arena_printf(a, "%.4s-%.2s-%.2s %.2s:%.2s", next, next + 4, next + 6, next + 8, next + 10);
}

static void
add_partner(struct guide *g, const struct conf *c, const struct conf_partner *p)
{
    g->zone = c->zone.name;
    g->zone_code = c->zone.code;
    g->partner = p->id;
    g->name = p->name;
    g->codes = p->codes;
    g->charset = p->charset;
    g->reject_limit = p->reject_limit;
    g->reject_rows = p->reject_rows;
    g->reject_from = p->reject_from;
    g->soft_reject = p->soft_reject;
    g->max_bytes = p->limits.size;
    g->max_rows = p->limits.rows;
    g->max_files = p->limits.files;
    g->aliases = p->aliases;
    g->url = p->guide.url;
    g->in = p->guide.in;
    g->out = p->guide.out;
    g->done = p->guide.done;
    g->settle_s = p->box.settle_s;
    g->marker_end = p->box.marker ? PICKUP_MARKER : NULL;
    g->ignored_starts = pickup_ignored_starts;
    g->ignored_ends = pickup_ignored;
    g->watch_s = p->box.watch_s;
    g->sum_end = PICKUP_SUM;
    g->totals_required = p->totals_required;
}

static rc_t
collect(struct guide *g, struct hub *hub, const struct conf_partner *p, struct err *e)
{
    struct arena *a = hub->arena;
    struct feeds *feeds = ARENA_NEW(a, struct feeds);
    struct plan *ack, *feedback;
    rc_t rc;

    if ((rc = feeds_load(feeds, hub, a, FEEDS_PARTNERS, e)) != RC_OK ||
        (rc = feeds_whole(feeds, p, NULL, e)) != RC_OK ||
        (rc = format_feed(&ack, hub, a, FEEDS_PARTNERS, "ack", e)) != RC_OK ||
        (rc = format_feed(&feedback, hub, a, FEEDS_PARTNERS, "feedback", e)) != RC_OK)
        return rc;
    g->ack = ack;
    g->feedback = feedback;
    add_partner(g, hub->conf, p);
    add_times(g, a, hub->conf, p);
    add_feeds(g, a, feeds, p);
    add_mappings(g, a, feeds, p);
    return RC_OK;
}

rc_t
format_guide(struct hub *hub, int argc, char **argv, struct err *e)
{
    const char *partner = NULL, *file = NULL;
    const struct option options[] = {
        {"--partner", &partner, NULL},
        {"-o",        &file,    NULL},
        {NULL,        NULL,     NULL},
    };
    const struct conf_partner *p;
    struct guide g = {.feed_count = 0};
    struct buf page = {0};
    rc_t rc;

    if ((rc = show_options(options, argc, argv, 0, "format guide --partner P [-o FILE]", e)) !=
        RC_OK)
        return rc;
    if (!partner)
        return err_set(e, RC_FAIL, ERR_USAGE, "whose guide? format guide --partner P [-o FILE]");
    if ((rc = format_partner(&p, hub, partner, e)) != RC_OK ||
        (rc = collect(&g, hub, p, e)) != RC_OK)
        return rc;
    if ((rc = guide_write(&page, hub->arena, &g, e)) == RC_OK)
        rc = format_write(hub, partner, file, page.p, page.n, e);
    buf_free(&page);
    return rc;
}
