/* closing.c - what must be so before an agency's bundle is begun. */
#include "closing.h"

#include "base/clock.h"
#include "base/log.h"
#include "load/feeds.h"
#include "message.h"
#include "sql/statements.h"
#include "table.h"

/* ---- what it is signed with ---- */

int
closing_keys(const struct conf_agency *g, struct closing_key keys[2])
{
    int n = 0;

    keys[n++] = (struct closing_key){"seal", g->seal};
    if (*g->message_sign.messages)
        keys[n++] = (struct closing_key){"signature", {.key = g->message_sign.key}};
    return n;
}

rc_t
closing_signs(const struct conf_agency *g, int *ending, struct err *e)
{
    struct closing_key keys[2];
    int days = 0, n = closing_keys(g, keys);
    rc_t rc = RC_OK;

    *ending = 0;
    for (int i = 0; rc == RC_OK && i < n; i++) {
        rc = seal_check(&keys[i].form, clock_now(), &days, e);
        if (rc != RC_OK) {
            err_prefix(e, "%s of %s", keys[i].what, g->id);
        } else if (days < CLOSING_WARN_DAYS) {
            log_warn("%s of %s: %s ends in %d days: renew it", keys[i].what, g->id,
                     keys[i].form.key.cert_file, days);
            ++*ending;
        }
    }
    return rc;
}

static void
put_certificate(struct buf *b, const struct conf_agency *g, const struct closing_key *key)
{
    struct err e = {0};
    int days = 0;
    rc_t rc = seal_check(&key->form, clock_now(), &days, &e);

    if (rc == RC_OK && days >= CLOSING_WARN_DAYS)
        return;
    buf_str(b, b->n > 1 ? ", [" : "[");
    json_string(b, g->id);
    buf_str(b, ", ");
    json_string(b, key->what);
    buf_str(b, ", ");
    json_string(b, key->form.key.cert_file);
    if (rc == RC_OK)
        buf_printf(b, ", %d, ", days);
    else
        buf_str(b, ", null, ");
    json_string(b, rc == RC_OK ? NULL : e.text);
    buf_str(b, "]");
}

/* Those that need a person. */
static const char *
certificates_json(const struct conf *c, struct arena *a)
{
    struct closing_key keys[2];
    struct buf b = {0};

    buf_str(&b, "[");
    for (const struct conf_agency *g = c->agencies; g < c->agencies + c->agency_count; g++)
        for (int i = 0, n = closing_keys(g, keys); i < n; i++)
            put_certificate(&b, g, &keys[i]);
    buf_str(&b, "]");
    return buf_text(&b, a);
}

/* ---- what comes before it ---- */

static void
put_list(struct buf *out, const char **words)
{
    buf_str(out, "[");
    for (const char **w = words; *w; w++) {
        buf_str(out, w == words ? "" : ", ");
        json_string(out, *w);
    }
    buf_str(out, "]");
}

static const char *
agencies_json(const struct conf *c, struct arena *a)
{
    struct buf b = {0};
    char date[9];

    buf_str(&b, "[");
    for (const struct conf_agency *g = c->agencies; g < c->agencies + c->agency_count; g++) {
        clock_business_date(clock_now(), c->zone.timezone, g->cutoff_minutes, date);
        buf_str(&b, g == c->agencies ? "{\"agency\": " : ", {\"agency\": ");
        json_string(&b, g->id);
        buf_printf(
            &b, ", \"date\": \"%s\", \"since\": %lld, \"kinds\": ", date,
            (long long)clock_local_moment(date, g->cutoff_minutes - 24 * 60, c->zone.timezone));
        put_list(&b, g->messages);
        buf_str(&b, ", \"without\": ");
        put_list(&b, g->without);
        buf_str(&b, "}");
    }
    buf_str(&b, "]");
    return buf_text(&b, a);
}

/* The feed that a variant stands for: what is told of its rows is told of that feed's. A name that is no feed's
 * stays as it is; check says so. */
static const char *
told_as(struct hub *hub, struct arena *a, const char *feed)
{
    struct plan *plan;
    struct err e = {0};

    return format_feed(&plan, hub, a, FEEDS_PARTNERS, feed, &e) == RC_OK && plan->feed ? plan->rows
                                                                                       : feed;
}

/* Many partners send the same few feeds, and to know what one stands for its XSD is compiled: once. */
struct told {
    uint32_t count;
    struct told_feed {
        const char *feed, *as;
    } * all;
};

static const char *
told_once(struct told *t, struct hub *hub, struct arena *a, const char *feed)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (!strcmp(t->all[i].feed, feed))
            return t->all[i].as;
    t->all = arena_grow(a, t->all, sizeof *t->all, t->count);
    t->all[t->count] = (struct told_feed){feed, told_as(hub, a, feed)};
    return t->all[t->count++].as;
}

static const char **
told_feeds(struct told *t, struct hub *hub, struct arena *a, const char **feeds)
{
    size_t n = 0;
    const char **told;

    while (feeds[n])
        n++;
    told = ARENA_ARRAY(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        told[i] = told_once(t, hub, a, feeds[i]);
    return told;
}

static const char *
senders_json(struct hub *hub, struct arena *a)
{
    const struct conf *c = hub->conf;
    struct told told = {0};
    struct buf b = {0};

    buf_str(&b, "{");
    for (const struct conf_partner *p = c->partners; p < c->partners + c->partner_count; p++) {
        buf_str(&b, p == c->partners ? "" : ", ");
        json_string(&b, p->id);
        buf_str(&b, ": ");
        put_list(&b, told_feeds(&told, hub, a, p->feeds));
    }
    buf_str(&b, "}");
    return buf_text(&b, a);
}

rc_t
closing_settings(struct hub *hub, struct arena *a, struct err *e)
{
    rc_t rc = db_set(hub->db, "hub.closing", agencies_json(hub->conf, a), e);

    if (rc == RC_OK)
        rc = db_set(hub->db, "hub.senders", senders_json(hub, a), e);
    return rc == RC_OK ? db_set(hub->db, "hub.certificates", certificates_json(hub->conf, a), e)
                       : rc;
}

rc_t
closing_ready(struct hub *hub, struct arena *a, const struct conf_agency *g, struct err *e)
{
    struct db_result *r;
    rc_t rc = closing_settings(hub, a, e);

    if (rc != RC_OK || (rc = db_query(hub->db, a, SQL_DECLARE_WAITS, DB_NONE, &r, e)) != RC_OK)
        return rc;
    for (int i = 0; i < r->rows; i++) {
        if (strcmp(db_text(r, i, "agency"), g->id) != 0)
            continue;
        log_warn("%s waits: %s; next: %s", g->id, db_text(r, i, "waits_for"),
                 db_text(r, i, "next"));
        if (rc == RC_OK)
            rc = err_set(e, RC_RETRY, ERR_WAITS, "%s waits: %s", g->id, db_text(r, i, "waits_for"));
    }
    /* what could not even be written down */
    if (rc == RC_OK && hub->broken)
        rc = err_set(e, RC_RETRY, ERR_WAITS, "%s waits: %s", g->id, hub->broken);
    return rc;
}

rc_t
closing_trade_date(struct hub *hub, struct arena *a, char date[9], struct err *e)
{
    struct conf_day day;
    struct db_result *r;
    const char *kinds = NULL;
    rc_t rc;

    conf_day(hub->conf, NULL, clock_now(), &day);
    rc = db_query(hub->db, a, SQL_INGEST_KINDS, DB_ARGS(day.date), &r, e);
    for (int i = 0; rc == RC_OK && i < r->rows; i++)
        if (!strcmp(db_text(r, i, "what"), "trade"))
            kinds = db_text(r, i, "kinds");
    conf_day(hub->conf, kinds, clock_now(), &day);
    memcpy(date, day.date, sizeof day.date);
    return rc == RC_OK ? db_set(hub->db, "hub.business_date", date, e) : rc;
}
