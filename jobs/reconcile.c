/*
 * reconcile.c - a verdict for every trade that was touched since last time.
 *
 * The trades are shared out over two connections, a transaction each: keys, breaks, verdicts, what
 * agencies must be told. Doing it again changes nothing, so a run that was killed between the two
 * is simply repeated; the batches' mark comes last.
 */
#include "reconcile.h"

#include <stdio.h>
#include <string.h>

#include "agency.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "closing.h"
#include "lanes.h"
#include "load/needs.h"
#include "reports.h"
#include "rules.h"
#include "sections.h"
#include "sql/statements.h"

/* A trade is judged by what the messages ask of each of its parts: of one whose XSD cannot be used, nobody knows that. */
static rc_t
check_whole(const struct feeds *f, struct hub *hub, struct arena *a, struct err *e)
{
    rc_t rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < f->broken_count; i++) {
        struct db_result *r;

        if (f->broken[i].folder)
            continue;
        rc = db_query(hub->db, a,
                      "SELECT 1 FROM hub.feed_table WHERE what = 'trade' AND feed = $1 UNION ALL "
                      "SELECT 1 FROM hub.feed_direction WHERE feed = $1",
                      DB_ARGS(f->broken[i].feed), &r, e);
        if (rc == RC_OK && r->rows)
            rc = err_set(e, RC_FAIL, ERR_SCHEMA, "%s", f->broken[i].why);
    }
    return rc;
}

/* What messages ask of payments and waybills: of which order each is is known only now. */
static rc_t
find_parts(const char **json, struct hub *hub, struct arena *a, struct err *e)
{
    struct feeds feeds = {0};
    rc_t rc = feeds_load(&feeds, hub, a, FEEDS_PARTNERS, e);

    if (rc != RC_OK || (rc = check_whole(&feeds, hub, a, e)) != RC_OK ||
        (rc = db_begin(hub->db, e)) != RC_OK)
        return rc;
    feeds_today(&feeds, hub->conf);
    rc = needs_find(hub, hub->db, &feeds, e);
    db_rollback(hub->db);
    *json = feeds.parts;
    return rc;
}

struct setting {
    const char *name, *value;
};

/* What statements and rules ask for; ends with name NULL. */
static rc_t
parameters(struct setting **settings, struct hub *hub, struct arena *a, const char *batches,
           struct err *e)
{
    const struct conf *c = hub->conf;
    char *date = arena_alloc(a, 9), *now = arena_alloc(a, 21);
    char *latest = arena_alloc(a, 15), *ship = arena_alloc(a, 9);
    const struct setting all[] = {
        {"hub.batches",            batches               },
        {"hub.tolerance",          c->reconcile.tolerance},
        {"hub.slack_days",         db_number(a,            c->reconcile.slack_days)},
        {"hub.business_date",                        date                           },
        {"hub.agencies",                        conf_agencies(c,      a)},
        {"hub.now",                      now                                      },
        {"hub.latest_time",latest},
        {"hub.latest_date",                   ship                                                         },
        {"hub.import_tax",  c->reconcile.import_tax},
        {"hub.agency_settings",agency_settings(c,                                                        a)},
        {NULL,        NULL},
    };
    rc_t rc = closing_trade_date(hub, a, date, e);

    clock_iso(clock_now(), now);
    clock_local14(clock_now() + c->reconcile.ahead_days * 86400L, c->zone.timezone, latest);
    clock_local_date(clock_now() + c->reconcile.ship_days * 86400L, c->zone.timezone, ship);
    *settings = ARENA_ARRAY(a, struct setting, sizeof all / sizeof *all);
    memcpy(*settings, all, sizeof all);
    return rc;
}

static rc_t
set_up(struct lanes *l, struct hub *hub, const struct rules *rules, struct arena *a,
       const char *batches, struct err *e)
{
    struct setting *settings;
    const char *parts;
    rc_t rc = parameters(&settings, hub, a, batches, e);

    for (const struct setting *s = settings; rc == RC_OK && s->name; s++)
        rc = lanes_set(l, s->name, s->value, e);
    if (rc == RC_OK && (rc = find_parts(&parts, hub, a, e)) == RC_OK)
        rc = lanes_set(l, "hub.need_parts", parts, e);
    return rc == RC_OK ? lanes_set(l, "hub.rules", rules_json(rules, a), e) : rc;
}

static rc_t
set_alone(struct hub *hub, struct arena *a, struct err *e)
{
    struct setting *settings;
    rc_t rc = parameters(&settings, hub, a, "{}", e);

    for (const struct setting *s = settings; rc == RC_OK && s->name; s++)
        rc = db_set(hub->db, s->name, s->value, e);
    if (rc == RC_OK && (rc = db_set(hub->db, "hub.low", "1", e)) == RC_OK)
        rc = db_set(hub->db, "hub.high", "0", e); /* no trade lies between them */
    return rc;
}

rc_t
reconcile_empty(struct hub *hub, struct arena *a, struct err *e)
{
    rc_t rc = set_alone(hub, a, e);

    if (rc == RC_OK && (rc = db_script(hub->db, a, SQL_RECONCILE_TOUCHES, NULL, e)) == RC_OK &&
        (rc = db_script(hub->db, a, SQL_RECONCILE_TOUCHED, NULL, e)) == RC_OK)
        rc = db_script(hub->db, a, SQL_RECONCILE_FLOWS, NULL, e);
    return rc;
}

static rc_t
count(struct job *job, struct lanes *l, struct arena *a, struct err *e)
{
    struct db_result *r;
    rc_t rc = RC_OK;

    for (int lane = 0; rc == RC_OK && lane < LANES; lane++) {
        rc = db_query(l->db[lane], a,
                      "SELECT verdict, count(*) AS trades FROM verdicts GROUP BY 1 ORDER BY 1",
                      DB_NONE, &r, e);
        for (int i = 0; rc == RC_OK && i < r->rows; i++)
            job_count(job, arena_str(job->hub->arena, db_text(r, i, "verdict")),
                      db_int(r, i, "trades"));
    }
    return rc;
}

/* Only imports use a buyer's quota: a night without any is not asked about it. */
static rc_t
find_imports(struct lanes *l, struct arena *a, bool *any, struct err *e)
{
    struct db_result *r;
    rc_t rc = RC_OK;

    for (int lane = 0; rc == RC_OK && !*any && lane < LANES; lane++) {
        rc = db_query(l->db[lane], a, "SELECT EXISTS (SELECT 1 FROM flows WHERE import)", DB_NONE,
                      &r, e);
        *any = rc == RC_OK && db_bool(r, 0, 0);
    }
    return rc;
}

/* A statement that is composed of rules; where it cannot be asked each is by itself, so that its file is told. Nothing
 * is judged without one of them: what it would have stopped would go out. */
struct composed {
    const char *sql;
    rc_t (*each)(const struct rules *r, struct db *db, struct arena *a, struct err *e);
};

static rc_t
ask_rules(struct lanes *l, const struct rules *rules, const struct composed *c, struct arena *a,
          struct err *e)
{
    const char *sql[LANES];
    struct lane_end ends[LANES];
    rc_t rc = lanes_all(l, "SAVEPOINT rules", e);

    if (rc != RC_OK)
        return rc;
    for (int i = 0; i < LANES; i++)
        sql[i] = c->sql;
    lanes_each(l, sql, ends);
    for (int i = 0; i < LANES; i++) {
        if (ends[i].rc == RC_OK)
            continue;
        *e = ends[i].err;
        if (e->code != ERR_QUERY)
            return ends[i].rc;
        rc = db_exec(l->db[i], "ROLLBACK TO SAVEPOINT rules", DB_NONE, NULL, e);
        if (rc == RC_OK && (rc = c->each(rules, l->db[i], a, e)) == RC_OK) {
            *e = ends[i].err;
            rc = ends[i].rc;
        }
        return rc;
    }
    return RC_OK;
}

static rc_t
judge(struct job *job, struct lanes *l, const struct rules *rules, struct arena *a, uint64_t rows,
      bool *imports, struct err *e)
{
    static const struct {
        const char *what;
        struct composed run;
    } steps[] = {
        {"which trades rules ask again", {SQL_RECONCILE_TOUCHES, rules_try_touches}},
        {"which trades are touched",     {SQL_RECONCILE_TOUCHED, NULL}             },
        {"comparing the flows",          {SQL_RECONCILE_FLOWS, NULL}               },
        {"asking the rules",             {SQL_RECONCILE_BREAKS, rules_try}         },
        {"what modes demand",            {SQL_RECONCILE_MODES, NULL}               },
        {"verdicts",                     {SQL_RECONCILE_JUDGED, NULL}              },
        {"what is ready",                {SQL_RECONCILE_VERDICTS, NULL}            },
        {"other feeds",                  {SQL_RECONCILE_THINGS, NULL}              },
    };
    struct progress show;
    rc_t rc = lanes_begin(l, false, e);

    progress_begin(&show, "reconcile", 0);
    for (size_t i = 0; rc == RC_OK && i < sizeof steps / sizeof *steps; i++) {
        progress_step(&show, steps[i].what, rows);
        rc = steps[i].run.each ? ask_rules(l, rules, &steps[i].run, a, e)
                               : lanes_all(l, steps[i].run.sql, e);
        fault_point("reconcile-step");
    }
    progress_end(&show);
    if (rc == RC_OK)
        rc = count(job, l, a, e);
    if (rc == RC_OK)
        rc = find_imports(l, a, imports, e);
    if (rc == RC_OK)
        rc = lanes_commit(l, e);
    fault_point("reconcile-half");
    return rc == RC_OK ? db_commit(job->hub->db, e) : rc;
}

/* What rules say of the trades that are there, and no more. */
static rc_t
judge_only(struct hub *hub, const struct rules *rules, struct arena *a, struct err *e)
{
    rc_t rc = rules_try_touches(rules, hub->db, a, e);

    if (rc == RC_OK && (rc = rules_try(rules, hub->db, a, e)) == RC_OK && /* one of them is new */
        (rc = db_set(hub->db, "hub.rules", rules_json(rules, a), e)) == RC_OK &&
        (rc = db_script(hub->db, a, SQL_RECONCILE_BREAKS, NULL, e)) == RC_OK &&
        (rc = db_script(hub->db, a, SQL_RECONCILE_MODES, NULL, e)) == RC_OK)
        rc = db_script(hub->db, a, SQL_RECONCILE_JUDGED, NULL, e);
    return rc;
}

rc_t
reconcile_trial(struct hub *hub, struct arena *a, const struct rules *now, const struct rules *then,
                time_t since, struct err *e)
{
    const char *parts;
    char iso[21];
    rc_t rc = find_parts(&parts, hub, a, e);

    if (rc != RC_OK || (rc = db_begin(hub->db, e)) != RC_OK)
        return rc;
    if ((rc = set_alone(hub, a, e)) == RC_OK &&
        (rc = db_set(hub->db, "hub.need_parts", parts, e)) == RC_OK &&
        (rc = db_set(hub->db, "hub.trial_since", clock_iso(since, iso), e)) == RC_OK &&
        (rc = db_script(hub->db, a, SQL_RECONCILE_TRIAL, NULL, e)) == RC_OK &&
        (rc = db_script(hub->db, a, SQL_RECONCILE_FLOWS, NULL, e)) == RC_OK &&
        (rc = judge_only(hub, now, a, e)) == RC_OK &&
        (rc = db_script(hub->db, a, SQL_RECONCILE_TRIAL_BEFORE, NULL, e)) == RC_OK &&
        (rc = judge_only(hub, then, a, e)) == RC_OK)
        rc = db_script(hub->db, a, SQL_RECONCILE_TRIAL_AFTER, NULL, e);
    if (rc != RC_OK)
        db_rollback(hub->db);
    return rc;
}

static rc_t
ask_quota(struct hub *hub, struct err *e)
{
    char today[9];

    clock_local_date(clock_now(), hub->conf->zone.timezone, today);
    return db_exec(hub->db, SQL_RECONCILE_QUOTA, DB_ARGS(today), NULL, e);
}

static rc_t
touched_trades(struct job *job, const struct rules *rules, struct arena *a, struct err *e)
{
    struct hub *hub = job->hub;
    struct lanes lanes = {0};
    struct db_result *r;
    const char *batches;
    char date[9], now[21];
    bool imports = false;
    rc_t rc = closing_trade_date(hub, a, date, e);

    if (rc == RC_OK)
        rc = db_query(hub->db, a, SQL_RECONCILE_PENDING, DB_ARGS(date), &r, e);
    if (rc != RC_OK || !db_bool(r, 0, "due"))
        return rc;
    batches = db_text(r, 0, "batches");
    if ((rc = db_exec(hub->db, "SELECT hub.refresh_statistics()", DB_NONE, NULL, e)) != RC_OK)
        return rc;
    if ((rc = lanes_open(&lanes, hub, e)) == RC_OK &&
        (rc = set_up(&lanes, hub, rules, a, batches, e)) == RC_OK)
        rc = judge(job, &lanes, rules, a, (uint64_t)db_int(r, 0, "rows"), &imports, e);
    lanes_close(&lanes);
    if (rc == RC_OK && imports)
        rc = ask_quota(hub, e);
    if (rc == RC_OK)
        rc = db_exec(hub->db, SQL_RECONCILE_ASIDES, DB_ARGS(batches, clock_iso(clock_now(), now)),
                     NULL, e);
    return rc == RC_OK ? db_exec(hub->db, SQL_RECONCILE_DONE, DB_ARGS(batches), NULL, e) : rc;
}

/* What time alone brings, and what waited for something else. */
static rc_t
look_again(struct job *job, const struct sections *s, struct arena *a, struct err *e)
{
    struct hub *hub = job->hub;
    char date[9];
    rc_t rc = closing_trade_date(hub, a, date, e);

    if (rc == RC_OK && (rc = closing_settings(hub, a, e)) == RC_OK)
        rc = db_set(hub->db, "hub.in_order", conf_in_order(hub->conf, a), e);
    return rc == RC_OK ? sections_held(job, s, a, e) : rc;
}

/* Documents whose agency should have answered by now: an alarm, nothing more. */
static rc_t
count_unanswered(struct job *job, struct arena *a, struct err *e)
{
    struct hub *hub = job->hub;
    struct db_result *r;
    char now[21];
    rc_t rc = db_set(hub->db, "hub.within", conf_receipts_within(hub->conf, a), e);

    if (rc == RC_OK)
        rc = db_set(hub->db, "hub.now", clock_iso(clock_now(), now), e);
    if (rc == RC_OK)
        rc = db_query(hub->db, a, SQL_RECONCILE_UNANSWERED, DB_NONE, &r, e);
    if (rc != RC_OK || !db_int(r, 0, 0))
        return rc;
    job_count(job, "unanswered", db_int(r, 0, 0));
    log_warn("%lld %s had no answer for longer than receipt-within; see landport status",
             (long long)db_int(r, 0, 0),
             count_word(db_int(r, 0, 0), "document has", "documents have"));
    return RC_OK;
}

/* What stands open until a person or an agency does something, night after night: sentences and numbers. */
static rc_t
tell_open(struct job *job, struct arena *a, struct err *e)
{
    static const struct {
        const char *count, *sql;
    } open[] = {
        {"rates_missing", SQL_REPORT_RATES_TOLD  },
        {"reports_open",  SQL_REPORT_REPORTS_TOLD},
        {"voids_untold",  SQL_REPORT_VOIDS_TOLD  },
    };
    rc_t rc = RC_OK;

    for (size_t k = 0; rc == RC_OK && k < sizeof open / sizeof *open; k++) {
        struct db_result *r;

        rc = db_query(job->hub->db, a, open[k].sql, DB_NONE, &r, e);
        for (int i = 0; rc == RC_OK && i < r->rows; i++) {
            job_count(job, open[k].count, db_int(r, i, "number"));
            log_warn("%s", db_text(r, i, "told"));
        }
    }
    return rc;
}

static rc_t
mark_overdue(struct job *job, struct arena *a, bool judged, struct err *e)
{
    char iso[21];
    uint64_t overdue = 0;
    rc_t rc = db_exec(job->hub->db, SQL_RECONCILE_OVERDUE,
                      DB_ARGS(clock_iso(clock_now(), iso),
                              db_number(a, job->hub->conf->reconcile.overdue_days),
                              judged ? "true" : "false"),
                      &overdue, e);

    if (overdue)
        job_count(job, "overdue", (int64_t)overdue);
    return rc;
}

/* Whatever there is to judge: a rule that cannot be read is told each time. */
static rc_t
judge_trades(struct job *job, struct arena *a, struct err *e)
{
    struct rules rules;
    rc_t rc = rules_load(&rules, job->hub->conf, a, e);

    return rc == RC_OK ? touched_trades(job, &rules, a, e) : rc;
}

/*
 * A rule that fails costs the verdicts of what was touched, and what hangs on them. That are reports too: they may count verdicts, what
 * some said once they say no more, and no bundle is begun before a reconcile that went well, which asks them first. All else goes on.
 */
rc_t
reconcile_run(struct job *job, struct err *e)
{
    struct arena *a = arena_new("reconcile");
    struct sections sections;
    struct err unjudged = {0};
    bool judged = true;
    rc_t rc = hub_limit(job->hub, e);

    sections_read(&sections, job->hub, a);
    if (rc == RC_OK && (rc = judge_trades(job, a, e)) == RC_FAIL) {
        judged = false;
        unjudged = *e;
        memset(e, 0, sizeof *e);
        rc = RC_OK;
    }
    if (rc == RC_OK)
        rc = mark_overdue(job, a, judged, e);
    if (rc == RC_OK && judged)
        rc = reports_run(job, &sections, e);
    if (rc == RC_OK)
        rc = look_again(job, &sections, a, e);
    if (rc == RC_OK)
        rc = count_unanswered(job, a, e);
    if (rc == RC_OK)
        rc = tell_open(job, a, e);
    if (!judged && rc != RC_OK)
        log_err(LOG_ERROR, &unjudged);
    else if (!judged)
        rc = (*e = unjudged).rc;
    fault_point("reconcile-committed");
    arena_free(&a);
    return rc;
}
