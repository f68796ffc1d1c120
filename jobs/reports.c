#include "reports.h"

#include <ctype.h>
#include <string.h>

#include "agency.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "message.h"
#include "sql/statements.h"

/* ---- the heading ---- */

#define AFTER_MAX 999
#define BACK_MAX  400

static const char *const units[] = {"day", "month", "quarter", "half", "year", NULL};
static const char *const hows[] = {"once", "change", "anew", "negative", "whole", NULL};

static rc_t
odd(const struct extract_part *section, struct arena *a, struct span word, const char *wanted,
    struct err *e)
{
    return err_set(e, RC_FAIL, ERR_EXTRACT, "%s:%d: report: '%.*s', expected %s", section->file,
                   section->line, SPAN_F(word), arena_str(a, wanted));
}

static const char *
one_of(const char *const *words, struct span word)
{
    for (; *words; words++)
        if (span_is(word, *words))
            return *words;
    return NULL;
}

/* false: no number of at least `least`. */
static bool
small_number(struct span word, int least, int most, int *n)
{
    *n = 0;
    if (!word.n || word.n > 4)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        if (!isdigit((unsigned char)word.p[i]))
            return false;
        *n = *n * 10 + (word.p[i] - '0');
    }
    return *n >= least && *n <= most;
}

/* The next word of *text, "" at its end. */
static struct span
next_word(struct span *text)
{
    struct span word;

    *text = span_trim(*text);
    word = (struct span){text->p, 0};
    while (word.n < text->n && text->p[word.n] != ' ' && text->p[word.n] != '\t')
        word.n++;
    *text = (struct span){text->p + word.n, text->n - word.n};
    return word;
}

/* "month after 14 days" */
static rc_t
parse_period(struct report_when *w, struct arena *a, const struct extract_part *section,
             struct span text, struct err *e)
{
    struct span word = next_word(&text);

    if (!(w->unit = one_of(units, word)))
        return odd(section, a, word, "day, month, quarter, half or year", e);
    word = next_word(&text);
    if (!word.n)
        return RC_OK;
    if (!span_is(word, "after"))
        return odd(section, a, word, "'after N days', or a comma", e);
    word = next_word(&text);
    if (!small_number(word, 0, AFTER_MAX, &w->after))
        return odd(section, a, word, "days from 0 to 999", e);
    word = next_word(&text);
    if (!span_is(word, "days") && !span_is(word, "day"))
        return odd(section, a, word, "'days' behind the number", e);
    word = next_word(&text);
    return word.n ? odd(section, a, word, "a comma", e) : RC_OK;
}

/* "again: change" */
static rc_t
parse_word(struct report_when *w, struct arena *a, const struct extract_part *section,
           struct span text, struct err *e)
{
    const char *colon = text.n ? memchr(text.p, ':', text.n) : NULL;
    struct span key = span_trim(text), value = {"", 0};

    if (colon) {
        key = span_trim((struct span){text.p, (size_t)(colon - text.p)});
        value = span_trim((struct span){colon + 1, text.n - (size_t)(colon + 1 - text.p)});
    }
    if (span_is(key, "again"))
        return (w->again = one_of(hows, value))
                   ? RC_OK
                   : odd(section, a, value, "once, change, anew, negative or whole", e);
    if (span_is(key, "back"))
        return small_number(value, 1, BACK_MAX, &w->back)
                   ? RC_OK
                   : odd(section, a, value, "periods from 1 to 400", e);
    if (!span_is(key, "since"))
        return odd(section, a, key, "again: HOW, back: N or since: YYYYMMDD", e);
    w->since = arena_span(a, value);
    if (value.n != 8 || strspn(w->since, "0123456789") != 8 || !clock_date_exists(w->since))
        return odd(section, a, value, "a day, YYYYMMDD", e);
    return RC_OK;
}

rc_t
report_parse(struct report_when *w, struct arena *a, const struct extract_part *section,
             struct err *e)
{
    struct span text = span_of(section->argument);
    bool first = true;
    rc_t rc = RC_OK;

    *w = (struct report_when){.again = "once", .back = 2};
    while (rc == RC_OK) {
        const char *comma = text.n ? memchr(text.p, ',', text.n) : NULL;
        struct span part = {text.p, comma ? (size_t)(comma - text.p) : text.n};

        rc = first ? parse_period(w, a, section, part, e) : parse_word(w, a, section, part, e);
        if (!comma)
            break;
        text = (struct span){comma + 1, text.n - part.n - 1};
        first = false;
    }
    return rc;
}

static bool
has_column(const struct db_result *r, const char *name)
{
    for (int i = 0; i < r->columns; i++)
        if (strcmp(db_column(r, i), name) == 0)
            return true;
    return false;
}

rc_t
report_check(struct hub *hub, struct arena *a, const struct extract_part *section, struct err *e)
{
    static const char *const needed[] = {"issuer", "said"};
    struct report_when w;
    struct db_result *r;
    rc_t rc = report_parse(&w, a, section, e);

    if (rc != RC_OK || !hub->db)
        return rc;
    if ((rc = db_describe(hub->db, a, section->sql, &r, e)) != RC_OK)
        return err_prefix(e, "%s:%d: report", section->file, section->line);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!has_column(r, needed[i]))
            return err_set(e, RC_FAIL, ERR_EXTRACT,
                           "%s:%d: report: its query gives no column %s, expected issuer and said "
                           "(jsonb)",
                           section->file, section->line, needed[i]);
    return RC_OK;
}

/* ---- its periods ---- */

struct report {
    struct job *job;
    struct arena *arena;
    const struct conf_agency *agency;
    const char *kind, *date; /* the agency's business date */
    const char *due;         /* a period is over once it ended before this day */
    const struct extract_part *section;
    struct report_when when;
};

struct period {
    const char *name, *from, *until;
};

static rc_t
set_period(const struct report *r, const struct period *p, struct err *e)
{
    char now[21];
    const char *const settings[][2] = {
        {"hub.agency",        r->agency->id               },
        {"hub.kind",          r->kind                     },
        {"hub.zone",          r->job->hub->conf->zone.code},
        {"hub.business_date", r->date                     },
        {"hub.now",           clock_iso(clock_now(),        now)},
        {"hub.unit",                   r->when.unit                                     },
        {"hub.again",                   r->when.again},
        {"hub.period",                   p->name                                    },
        {"hub.period_from",                   p->from},
        {"hub.period_until",                   p->until                                   },
    };
    rc_t rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < sizeof settings / sizeof *settings; i++)
        rc = db_set(r->job->hub->db, settings[i][0], settings[i][1], e);
    return rc;
}

static rc_t
ask(const struct report *r, const struct period *p, int64_t *said, struct err *e)
{
    struct db *db = r->job->hub->db;
    struct db_result *counted;
    rc_t rc = db_begin(db, e);

    if (rc == RC_OK && (rc = set_period(r, p, e)) == RC_OK)
        rc =
            db_script(db, r->arena, extract_filled(r->arena, SQL_RECONCILE_REPORT, r->section->sql),
                      &counted, e);
    fault_point("report-asked");
    if (rc == RC_OK)
        rc = db_commit(db, e);
    fault_point("report-kept");
    db_rollback(db);
    if (rc == RC_OK)
        *said = db_int(counted, 0, 0);
    return rc;
}

/* It says so and keeps it for status; the other reports go on. */
static rc_t
note_failed(const struct report *r, const struct period *p, struct err *why, struct err *e)
{
    rc_t rc = db_exec(r->job->hub->db, SQL_RECONCILE_REPORT_FAILED,
                      DB_ARGS(r->agency->id, r->kind, r->when.unit, p->name, p->from, why->text),
                      NULL, e);

    err_prefix(why, "%s:%d: report %s of %s to %s", r->section->file, r->section->line, r->kind,
               p->name, r->agency->id);
    log_err(LOG_ERROR, why);
    job_count(r->job, "reports_failed", 1);
    r->job->rejects = true;
    return rc;
}

static rc_t
report_periods(const struct report *r, struct err *e)
{
    struct hub *hub = r->job->hub;
    struct db_result *due;
    int64_t all = 0;
    rc_t rc = db_query(
        hub->db, r->arena, SQL_RECONCILE_REPORT_DUE,
        DB_ARGS(r->agency->id, r->kind, r->when.unit, db_number(r->arena, r->when.after),
                db_number(r->arena, r->when.back),
                strcmp(r->when.again, "once") == 0 ? "true" : "false", r->when.since, r->due),
        &due, e);

    for (int i = 0; rc == RC_OK && i < due->rows; i++) {
        const struct period p = {db_text(due, i, "period"), db_text(due, i, "period_from"),
                                 db_text(due, i, "period_until")};
        struct err why = {0};
        int64_t said = 0;

        rc = ask(r, &p, &said, &why);
        /* A query that needs more than the server has costs only itself; a server that is away does not. */
        if (rc == RC_RETRY && db_exec(hub->db, "SELECT 1", DB_NONE, NULL, NULL) != RC_OK)
            *e = why;
        else if (rc != RC_OK)
            rc = note_failed(r, &p, &why, e);
        else if (said)
            log_info("report %s of %s to %s: %lld to be told", r->kind, p.name, r->agency->id,
                     (long long)said);
        all += said;
    }
    if (all)
        job_count(r->job, "reports", all);
    return rc;
}

/* A kind that cannot be read at all is declare's to tell: none of it goes out. */
static rc_t
report_kind(struct report *r, const char *unread, struct err *e)
{
    struct hub *hub = r->job->hub;
    struct err why = {0};

    if (unread) {
        log_debug("%s: whether it is a report is not known: %s", r->kind, unread);
        return RC_OK;
    }
    if (!r->section->sql)
        return RC_OK;
    if (report_parse(&r->when, r->arena, r->section, &why) != RC_OK) {
        log_err(LOG_ERROR, &why);
        job_count(r->job, "reports_failed", 1);
        r->job->rejects = true;
        return RC_OK;
    }
    if (agency_set(hub->db, agency_own_settings(hub->conf, r->arena, r->agency), e) != RC_OK)
        return e->rc;
    return report_periods(r, e);
}

rc_t
reports_run(struct job *job, const struct sections *s, struct err *e)
{
    const struct conf *c = job->hub->conf;
    struct arena *a = arena_new("reports");
    char date[9], today[9];
    rc_t rc = RC_OK;

    clock_local_date(clock_now(), c->zone.timezone, today);
    for (uint32_t i = 0; rc == RC_OK && i < s->count; i++) {
        const struct section_kind *k = &s->all[i];
        struct report r = {.job = job,
                           .arena = a,
                           .agency = k->agency,
                           .kind = k->kind,
                           .section = &k->extract.report,
                           .date = date};

        clock_business_date(clock_now(), c->zone.timezone, k->agency->cutoff_minutes, date);
        /* Behind a cut-off the business date is tomorrow already, and the day still goes on. */
        r.due = strcmp(today, date) < 0 ? today : date;
        rc = report_kind(&r, k->unread, e);
    }
    arena_free(&a);
    return rc;
}
